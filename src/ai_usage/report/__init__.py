"""Reports: what the ledgers hold, asked, priced and summed; values that others render."""
