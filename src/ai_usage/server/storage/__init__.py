"""The server's database: SQLite in WAL mode, one writer, concurrent readers."""
