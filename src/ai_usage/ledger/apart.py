"""Copies of a request that may still matter, beside the record that they make together."""

import json
import sqlite3
from collections.abc import Iterable

from ai_usage.usage.copies import Copy
from ai_usage.usage.record import UsageRecord


def read_copies(text: object) -> tuple[Copy, ...]:
    """Read copies as the table `apart` has them; none where it has nothing."""
    return () if text is None else tuple(Copy._make(copy) for copy in json.loads(str(text)))


def keep_apart(connection: sqlite3.Connection, records: Iterable[tuple[UsageRecord, int]]) -> None:
    """Keep the copies of those records that have several.

    Args:
        connection: of the file, in a transaction.
        records: that were written, each with its place.
    """
    connection.executemany(
        "INSERT OR REPLACE INTO apart VALUES (?, ?)",
        [(hashed, json.dumps(record.apart)) for record, hashed in records if record.apart],
    )


def forget_apart(connection: sqlite3.Connection, hashed: int) -> None:
    """Forget the copies of a record of which only one matters now."""
    connection.execute("DELETE FROM apart WHERE key_hash = ?", (hashed,))
