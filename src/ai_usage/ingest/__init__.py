"""From log files to the ledger: what changed is read, once, and stored with the place where to go on."""
