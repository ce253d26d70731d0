"""The sync server: one SQLite database behind eight endpoints."""
