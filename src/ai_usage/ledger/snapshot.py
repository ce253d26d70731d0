"""Read one consistent state of a ledger file, with the fields of records that are synced."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from ai_usage.ledger.connection import last_change
from ai_usage.ledger.damage import damaged_records
from ai_usage.ledger.day_digests import DAY_US, KnownDay
from ai_usage.ledger.flags import MISSING
from ai_usage.usage.record import key_hash

TRAVEL_QUESTION: Final = (
    "SELECT r.change_number, m.vendor, r.dedup_key, r.timestamp, r.session_start_offset, r.session_end_offset,"
    " r.peer_times, m.model, e.effort, r.fast_tier, r.input_tokens, r.output_tokens, r.cache_read_input_tokens,"
    " r.cache_creation_5m_input_tokens, r.cache_creation_1h_input_tokens, r.reasoning_output_tokens,"
    " r.cost_input, r.cost_output, r.cost_cache_read, r.cost_cache_creation, p.project_path_sha256"
    " FROM records r JOIN models m USING (model_id) LEFT JOIN efforts e USING (effort_id)"
    " LEFT JOIN projects p USING (project_id)"
)
_OF_DAY: Final = (
    "r.timestamp / 900000000 BETWEEN :first / 900000000 AND (:after - 1) / 900000000"
    " AND r.timestamp >= :first AND r.timestamp < :after"
)


class TravelRow(NamedTuple):
    """A record with the fields that are synced; start and end in microseconds relative to the timestamp."""

    number: int
    """The change number in a ledger file; the server's `seq` for a record from the server."""
    vendor: str
    dedup_key: str
    timestamp: int
    session_start_offset: int
    session_end_offset: int
    peer_times: str | None
    """The peer's texts of the three instants, one per line, if they differ from this program's format."""
    model: str
    effort: str | None
    fast_tier: int
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    reasoning_output_tokens: int
    cost_input: float | None
    cost_output: float | None
    cost_cache_read: float | None
    cost_cache_creation: float | None
    project_path_sha256: str | None


class Snapshot:
    """Reads inside the caller's transaction. Rows are plain tuples of `TravelRow`'s fields."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def last_change(self) -> int:
        """Return the number of the last change."""
        return last_change(self._connection)

    def changed_after(self, number: int) -> Iterator[TravelRow]:
        """Yield the records with a higher change number, ascending."""
        return self._connection.execute(
            f"{TRAVEL_QUESTION} WHERE r.change_number > ? ORDER BY r.change_number", (number,)
        )

    def damaged_after(self, number: int) -> list[int]:
        """Return the change numbers of damaged records above a number."""
        return damaged_records(self._connection, number)

    def count_after(self, number: int) -> int:
        """Count the records with a higher change number."""
        row = self._connection.execute("SELECT count(*) FROM records WHERE change_number > ?", (number,))
        return int(row.fetchone()[0])

    def count_before(self, instant: int) -> int:
        """Count the records before an instant."""
        row = self._connection.execute(
            "SELECT count(*) FROM records WHERE timestamp / 900000000 <= ?1 / 900000000 AND timestamp < ?1",
            (instant,),
        )
        return int(row.fetchone()[0])

    def with_numbers(self, numbers: Collection[int]) -> list[TravelRow]:
        """Return the existing records with these change numbers."""
        found: list[TravelRow] = []
        for number in numbers:
            found += self._connection.execute(
                f"{TRAVEL_QUESTION} WHERE r.change_number = ?", (number,)
            ).fetchall()
        return found

    def of_day(self, day: int) -> list[TravelRow]:
        """Return the records of a UTC day (counted from 1970-01-01) in the order of its digest."""
        return self._connection.execute(
            f"{TRAVEL_QUESTION} WHERE {_OF_DAY} ORDER BY m.vendor, r.dedup_key",
            {"first": day * DAY_US, "after": (day + 1) * DAY_US},
        ).fetchall()

    def in_order(self, before: int) -> Iterator[TravelRow]:
        """Yield the records before an instant in the order of a report digest."""
        vendors = self._connection.execute("SELECT DISTINCT vendor FROM models ORDER BY vendor").fetchall()
        for (vendor,) in vendors:
            yield from self._connection.execute(
                f"{TRAVEL_QUESTION} WHERE m.vendor = ? AND r.timestamp < ? ORDER BY r.dedup_key",
                (vendor, before),
            )

    def find(self, vendor: str, dedup_key: str) -> TravelRow | None:
        """Return the record of this identity."""
        probe = 0
        while True:
            row = self._connection.execute(
                f"{TRAVEL_QUESTION} WHERE r.key_hash = ?", (key_hash(vendor, dedup_key, probe),)
            ).fetchone()
            if row is None or row[1:3] == (vendor, dedup_key):
                return None if row is None else TravelRow._make(row)
            probe += 1

    def has(self, vendor: str, dedup_key: str) -> bool:
        """Tell whether a record of this identity exists, on any day."""
        return self.find(vendor, dedup_key) is not None

    def known_days(self) -> dict[int, KnownDay]:
        """Return the cached digests that are still valid, by UTC day."""
        rows = self._connection.execute(
            "SELECT utc_day, record_count, digest FROM day_digests"
            " WHERE utc_day NOT IN (SELECT utc_day FROM changed_days)"
        )
        return {day: KnownDay(count, digest) for day, count, digest in rows}

    def changed_days(self) -> Mapping[int, int]:
        """Return the UTC days whose digests must be computed, each with the mark of its last change."""
        return dict(self._connection.execute("SELECT utc_day, mark FROM changed_days").fetchall())

    def missing_count(self) -> int:
        """Count the records that the server no longer has."""
        question = f"SELECT count(*) FROM records WHERE flags & {MISSING}"
        return int(self._connection.execute(question).fetchone()[0])

    def keys_of_day(self, day: int) -> dict[tuple[str, str], int]:
        """Return the change numbers of a UTC day's records, by vendor and key."""
        rows = self._connection.execute(
            f"SELECT m.vendor, r.dedup_key, r.change_number FROM records r JOIN models m USING (model_id)"
            f" WHERE {_OF_DAY}",
            {"first": day * DAY_US, "after": (day + 1) * DAY_US},
        )
        return {(vendor, key): number for vendor, key, number in rows}
