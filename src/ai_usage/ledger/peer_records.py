"""Records of another machine: stored as the server has them, each with the server's sequence number."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from ai_usage.ledger.connection import last_change
from ai_usage.ledger.flags import MISSING, OVERSIZED, RETRACTED, SHADOWED, quarter_of
from ai_usage.ledger.insertion import Insertion
from ai_usage.ledger.names import Names, Project
from ai_usage.ledger.rows import CHECKED, COLUMNS, COST_COLUMNS
from ai_usage.ledger.snapshot import TRAVEL_QUESTION, TravelRow
from ai_usage.usage.group import MAX_SUMMABLE, MAX_SUMMABLE_USD
from ai_usage.usage.record import UsageRecord, key_hash, merge

# Binding a null takes time, and most records have neither costs nor times in another format.
_BEGINNING: Final = "INSERT OR IGNORE INTO records"
_INSERT: Final = Insertion(_BEGINNING, f"{COLUMNS}, seq", derived=CHECKED).statement(1)
_INSERT_RARE: Final = Insertion(
    _BEGINNING, f"{COLUMNS}, seq, {COST_COLUMNS}, peer_times", derived=CHECKED
).statement(1)
_FLAGS: Final = 18
_NO_COSTS: Final = (None, None, None, None)
_NOWHERE: Final = 0
"""The session, tier and web searches of a record from the server, which has none of them."""

Row = tuple[Any, ...]


def to_usage(row: TravelRow) -> UsageRecord:
    """Convert a row to a record without local fields."""
    time, start, end = row[3:6]
    fresh, output, read, short, long, reasoning = row[10:16]
    counts = fresh, read, short, long, output
    # On the wire, 0 also means that the log does not say.
    known = reasoning or None
    plain = UsageRecord(row[1], row[2], time, time + start, time + end, *row[7:10], *counts, known)
    if row[16:20] == _NO_COSTS:
        return plain
    one, two, three, four = (cost or 0.0 for cost in row[16:20])  # the wire allows some of them to be missing
    return plain._replace(cost_input=one, cost_output=two, cost_cache_read=three, cost_cache_creation=four)


class PeerRecords:
    """Writes records of one remote file inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.touched: set[int] = set()
        """Quarters whose sums changed, by SQLite's division."""
        self.written = 0
        """Records added or changed."""
        self._connection = connection
        self._names = Names(connection, lambda _: Project(None, None))
        self._next = last_change(connection) + 1

    def apply(self, rows: Sequence[TravelRow], *, merging: bool = False, anyway: bool = False) -> None:
        """Add records, or replace stored copies.

        Args:
            rows: `number` is the server's `seq`.
            merging: merge with stored copies, which may be more complete, instead of replacing them.
            anyway: whether to replace copies with the same or a higher `seq` too; implied by `merging`.
        """
        first = self._next
        self._next = first + len(rows)
        plain: list[Row] = []
        rare: list[Row] = []
        hashes = [key_hash(row[1], row[2]) for row in rows]
        for number, (row, hashed) in enumerate(zip(rows, hashes, strict=True), first):
            values = self._values(number, hashed, row)
            (plain if len(values) == 21 else rare).append(values)
        added = {number for (number,) in self._insert_new(first, plain, rare)}
        for number, (row, hashed) in enumerate(zip(rows, hashes, strict=True), first):
            if number in added:
                self._touch(row[3])
            else:
                self._replace(number, hashed, row, merging=merging, anyway=anyway)
        self.written += len(added)

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove records, by change number, that their own machine does not have."""
        for number in numbers:
            rows = self._connection.execute(
                "DELETE FROM records WHERE change_number = ? RETURNING timestamp", (number,)
            )
            for (timestamp,) in rows.fetchall():
                self._touch(timestamp)
                self.written += 1

    def _insert_new(self, first: int, plain: list[Row], rare: list[Row]) -> list[tuple[int]]:
        if plain:
            self._connection.executemany(_INSERT, plain)
        if rare:
            self._connection.executemany(_INSERT_RARE, rare)
        return self._connection.execute(
            "SELECT change_number FROM records WHERE change_number >= ?", (first,)
        ).fetchall()

    def _replace(self, number: int, hashed: int, row: TravelRow, *, merging: bool, anyway: bool) -> None:
        """Store a record whose key hash is taken, by an older copy of it or by another record with the same hash."""
        probe = 0
        while (stored := self._stored(hashed)) is not None:
            known, flags, seq = stored
            if known[1:3] == row[1:3]:
                if merging:
                    row = _merged(known, row)
                elif not anyway and seq is not None and seq >= row[0]:
                    return
                if known[1:] == row[1:]:
                    self._connection.execute(
                        "UPDATE records SET seq = ?, flags = ? WHERE change_number = ?",
                        (row[0], flags & ~MISSING, known[0]),
                    )
                    return
                self._connection.execute("DELETE FROM records WHERE change_number = ?", (known[0],))
                self._touch(known[3])
                self._add(number, hashed, row, flags & SHADOWED)
                return
            probe += 1
            hashed = key_hash(row[1], row[2], probe)
        self._add(number, hashed, row, 0)

    def _add(self, number: int, hashed: int, row: TravelRow, flags: int) -> None:
        values = self._values(number, hashed, row)
        values = (*values[:_FLAGS], values[_FLAGS] | flags, *values[_FLAGS + 1 :])
        self._connection.execute(_INSERT if len(values) == 21 else _INSERT_RARE, values)
        self._touch(row[3])
        self.written += 1

    def _stored(self, hashed: int) -> tuple[TravelRow, int, int | None] | None:
        found = self._connection.execute(
            TRAVEL_QUESTION.replace(" FROM", ", r.flags, r.seq FROM", 1) + " WHERE r.key_hash = ?", (hashed,)
        ).fetchone()
        return None if found is None else (TravelRow._make(found[:-2]), found[-2], found[-1])

    def _touch(self, timestamp: int) -> None:
        self.touched.add(quarter_of(timestamp))

    def _values(self, number: int, hashed: int, row: TravelRow) -> Row:
        # By position, for speed: the first pull calls this for each record.
        seq, vendor, key, time, start, end, times, model, effort, fast = row[:10]
        fresh, output, read, short, long, reasoning = row[10:16]
        flags = OVERSIZED if max(row[10:16]) > MAX_SUMMABLE else 0
        costly = row[16:20] != _NO_COSTS
        if not costly:
            if not any(row[10:16]):
                flags |= RETRACTED
        elif max(cost or 0.0 for cost in row[16:20]) > MAX_SUMMABLE_USD:
            flags |= OVERSIZED
        names = self._names
        values = (
            number,
            hashed,
            time,
            start,
            end,
            names.models(vendor)[model],
            names.efforts[effort],
            fast,
            fresh,
            read,
            short,
            long,
            output,
            reasoning,
            names.project(Project(None, row[20])),
            _NOWHERE,
            _NOWHERE,
            _NOWHERE,
            flags,
            key,
            seq,
        )
        return values if times is None and not costly else (*values, *row[16:20], times)


def _merged(known: TravelRow, row: TravelRow) -> TravelRow:
    """Merge the server's copy with the stored one, which may be more complete."""
    stored, sent = to_usage(known), to_usage(row)
    merged = merge(stored, sent)
    if merged == stored:
        return TravelRow._make((row[0], *known[1:]))
    if merged == sent:
        return row
    best = known if merged[5:18] == stored[5:18] else row
    return best._replace(
        number=row[0],
        timestamp=merged.timestamp,
        session_start_offset=merged.session_start_time - merged.timestamp,
        session_end_offset=merged.session_end_time - merged.timestamp,
        peer_times=None,
    )
