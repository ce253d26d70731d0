"""Cached digests of UTC days, beside the records, and the days that changed since they were computed.

Triggers note the changed days, so that changes by other versions of this program or in an SQLite shell are noted too.
They cost time with each record, so a file gets them at its first sync.
"""

import sqlite3
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

DAY_US: Final = 86_400_000_000
UTC_DAY: Final = "((timestamp + 62135596800000000) / 86400000000 - 719162)"
"""A record's UTC day, counted from 1970-01-01; shifted to year 1, since SQLite divides towards zero."""

_COVERED: Final = (
    "timestamp, session_start_offset, session_end_offset, peer_times, model_id, effort_id, fast_tier, input_tokens,"
    " output_tokens, cache_read_input_tokens, cache_creation_5m_input_tokens, cache_creation_1h_input_tokens,"
    " reasoning_output_tokens, cost_input, cost_output, cost_cache_read, cost_cache_creation, project_id, dedup_key"
)
"""The columns that digests cover."""


def _note(row: str) -> str:
    day = UTC_DAY.replace("timestamp", f"{row}.timestamp")
    # Not OR REPLACE: inside a trigger, the OR IGNORE of the statement that fires it would override it.
    return (
        f"INSERT INTO changed_days VALUES ({day}, random()) ON CONFLICT DO UPDATE SET mark = excluded.mark;"
    )


_NOTE_ALL: Final = (
    "INSERT INTO changed_days SELECT utc_day, random() FROM day_digests WHERE true"
    " ON CONFLICT DO UPDATE SET mark = excluded.mark;"
)
_TRIGGERS: Final = (
    f"CREATE TRIGGER IF NOT EXISTS record_added AFTER INSERT ON records BEGIN {_note('new')} END",
    f"CREATE TRIGGER IF NOT EXISTS record_removed AFTER DELETE ON records BEGIN {_note('old')} END",
    f"CREATE TRIGGER IF NOT EXISTS record_changed AFTER UPDATE OF {_COVERED} ON records"
    f" BEGIN {_note('old')} {_note('new')} END",
    f"CREATE TRIGGER IF NOT EXISTS model_changed AFTER UPDATE OF vendor, model ON models BEGIN {_NOTE_ALL} END",
    f"CREATE TRIGGER IF NOT EXISTS effort_changed AFTER UPDATE ON efforts BEGIN {_NOTE_ALL} END",
    "CREATE TRIGGER IF NOT EXISTS project_changed AFTER UPDATE OF project_path_sha256 ON projects"
    f" BEGIN {_NOTE_ALL} END",
)


class KnownDay(NamedTuple):
    """The count and digest of one host's records of one UTC day."""

    record_count: int
    digest: bytes


def watch(connection: sqlite3.Connection, spelling: str) -> None:
    """Create the triggers that note changed days; the caller holds a write transaction.

    Args:
        connection: the connection to a ledger file.
        spelling: what digests depend on besides the records; if it differs from the last one, all days are changed.
    """
    row = connection.execute("SELECT value FROM meta WHERE key = 'digests'").fetchone()
    for trigger in _TRIGGERS:
        connection.execute(trigger)
    if row is None or row[0] != spelling:
        forget_all(connection)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('digests', ?)", (spelling,))


def forget_all(connection: sqlite3.Connection) -> None:
    """Delete all cached digests; the caller holds a write transaction."""
    connection.execute("DELETE FROM day_digests")
    connection.execute(
        f"INSERT OR REPLACE INTO changed_days SELECT day, random() FROM (SELECT DISTINCT {UTC_DAY} AS day FROM records)"
    )


def note_changed_records(connection: sqlite3.Connection, numbers: Collection[int]) -> None:
    """Note days as changed because digests now include or exclude some of their records, which did not change."""
    connection.executemany(
        f"INSERT OR REPLACE INTO changed_days SELECT {UTC_DAY}, random() FROM records WHERE change_number = ?",
        [(number,) for number in numbers],
    )


def remember(
    connection: sqlite3.Connection, computed: Mapping[int, KnownDay], marks: Mapping[int, int]
) -> None:
    """Cache the digests of days that did not change while they were computed.

    Args:
        connection: a connection in a write transaction.
        computed: the digests; a day without records has the count 0.
        marks: the mark of each changed day in the digested snapshot.
    """
    for day, known in computed.items():
        cursor = connection.execute(
            "DELETE FROM changed_days WHERE utc_day = ? AND mark = ?", (day, marks[day])
        )
        if cursor.rowcount == 0:
            continue
        if known.record_count == 0:
            connection.execute("DELETE FROM day_digests WHERE utc_day = ?", (day,))
        else:
            connection.execute("INSERT OR REPLACE INTO day_digests VALUES (?, ?, ?)", (day, *known))
