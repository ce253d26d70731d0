"""From log files to the ledger: read new lines once, and store the records with the position to continue from."""
