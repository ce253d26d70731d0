"""Copies of a request that are kept beside the merged record, because a later merge may need them."""

import json
import sqlite3
from collections.abc import Iterable

from ai_usage.usage.copies import Copy
from ai_usage.usage.record import UsageRecord


def read_copies(text: object) -> tuple[Copy, ...]:
    """Read copies from a text of the table `apart`; empty for null."""
    return () if text is None else tuple(Copy._make(copy) for copy in json.loads(str(text)))


def keep_apart(connection: sqlite3.Connection, records: Iterable[tuple[UsageRecord, int]]) -> None:
    """Store the copies of the records that have several.

    Args:
        connection: of the file, in a transaction.
        records: written records, each with its key hash.
    """
    connection.executemany(
        "INSERT OR REPLACE INTO apart VALUES (?, ?)",
        [(hashed, json.dumps(record.apart)) for record, hashed in records if record.apart],
    )


def forget_apart(connection: sqlite3.Connection, hashed: int) -> None:
    """Delete the stored copies of a record that needs only one now."""
    connection.execute("DELETE FROM apart WHERE key_hash = ?", (hashed,))
