"""Reports: query the ledgers, price and sum the records, and return values for rendering."""
