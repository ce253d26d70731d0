"""Add check values to rows that an older version wrote, a part at a time, to avoid a long pause."""

import sqlite3
from typing import Final

from ai_usage.ledger.checks import CHECK
from ai_usage.ledger.damage import damaged_records
from ai_usage.ledger.ledger import Ledger

_AT_ONCE: Final = 20_000


def seal_rows(ledger: Ledger) -> None:
    """Add check values to the next rows without one, the newest first.

    A row that is already damaged gets none, so that a check of the file finds it.
    """
    if ledger.note("unsealed") is not None:
        with ledger.transaction() as connection:
            _seal_rows(connection)


def _seal_rows(connection: sqlite3.Connection) -> None:
    row = connection.execute("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'unsealed'").fetchone()
    if row is None:
        return
    end = row[0]
    begin = max(0, end - _AT_ONCE)
    wrong = set(damaged_records(connection, begin, end))
    rows = connection.execute(
        "SELECT change_number FROM records WHERE change_number > ? AND change_number <= ?", (begin, end)
    )
    connection.executemany(
        f"UPDATE records SET check_value = {CHECK} WHERE change_number = ?",
        [(number,) for (number,) in rows.fetchall() if number not in wrong],
    )
    if begin:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'unsealed'", (begin,))
    else:
        connection.execute("DELETE FROM meta WHERE key = 'unsealed'")
