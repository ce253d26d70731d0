"""The local SQLite files: this machine's ledger and the other machines' `remote/<id>.bin` share one schema."""
