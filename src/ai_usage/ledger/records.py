"""Records in a ledger file: added or merged, never deleted; each change takes the next change number."""

import json
import sqlite3
from collections.abc import Sequence
from itertools import chain, count
from operator import attrgetter
from typing import Final

from ai_usage.ledger.apart import forget_apart, keep_apart
from ai_usage.ledger.connection import last_change
from ai_usage.ledger.flags import QUARTER_US, REQUEST_SHIFT, SHADOWED
from ai_usage.ledger.names import Names
from ai_usage.ledger.rows import INSERT, INSERT_WITH_COSTS, SELECT, Rows, to_record
from ai_usage.ledger.tally import Tally
from ai_usage.usage.record import UsageRecord, key_hash, merge, retraction_of

_FIND: Final = f"{SELECT} WHERE r.key_hash IN (SELECT value FROM json_each(?))"

_APART: Final = attrgetter("apart")

_Stored = tuple[int, UsageRecord]
"""The change number of a stored record, and the record."""


class Records:
    """Writes records of one file inside the caller's transaction, and collects the changes to the rollups."""

    def __init__(self, connection: sqlite3.Connection, names: Names) -> None:
        self.touched: set[int] = set()
        """Quarters (`timestamp // QUARTER_US`) whose records must be summed again: one of them was replaced, or is
        too large to be summed here."""
        self.tally = Tally(connection)
        """The sums that new records add to all other quarters."""
        self.added = 0
        self.changed = 0
        self._connection = connection
        self._rows = Rows(names, self.tally, self.touched)
        self._next = last_change(connection) + 1

    def write(self, records: Sequence[UsageRecord], hashes: Sequence[int], file_id: int) -> None:
        """Add records or merge them with stored copies.

        Args:
            records: the records from one reading of one log.
            hashes: the `key_hash` of each.
            file_id: the log.
        """
        first = self._next
        plain, costly = self._rows.of(records, hashes, first, file_id)
        added = INSERT.insert(self._connection, plain)
        added += INSERT_WITH_COSTS.insert(self._connection, costly)
        self._next = first + len(records)
        self.added += added
        if added == len(records):
            if any(map(_APART, records)):
                keep_apart(self._connection, zip(records, hashes, strict=True))
            return
        present = self._numbers_from(first)
        rows = chain(INSERT.rows(plain), INSERT_WITH_COSTS.rows(costly))
        self.tally.take_back(row for row in rows if row[0] not in present)
        numbered = list(zip(count(first), hashes, records, strict=False))
        keep_apart(self._connection, ((each[2], each[1]) for each in numbered if each[0] in present))
        again = [each for each in numbered if each[0] not in present]
        stored = self._stored([hashed for _, hashed, _ in again])
        for number, hashed, record in again:
            self._merge(number, hashed, record, stored.pop(hashed, None), file_id)

    def take_back(self, former: Sequence[UsageRecord], file_id: int, *, earlier: bool = True) -> None:
        """Retract records of an older parser, unless the stored copy has more than they have.

        Args:
            former: the older parser's records.
            file_id: the log.
            earlier: whether to retract a record too if its stored copy is dated earlier.
        """
        for record in former:
            found = self._find(record)
            if found is None:
                continue
            hashed, stored = found
            known = stored[1]
            # The stored copy may be another request with the same ambiguous key, whose log is gone.
            if (
                not known.retracted
                and known[8:12] == record[8:12]
                and known.output_tokens <= record.output_tokens
                and (earlier or known.timestamp >= record.timestamp)
            ):
                number, self._next = self._next, self._next + 1
                self._merge(number, hashed, retraction_of(record), stored, file_id)

    def _find(self, record: UsageRecord) -> tuple[int, _Stored] | None:
        """Return the key hash and the stored copy of a record."""
        probe = 0
        while True:
            hashed = key_hash(record.vendor, record.dedup_key, probe)
            stored = self._stored([hashed]).get(hashed)
            if stored is None:
                return None
            if (stored[1].vendor, stored[1].dedup_key) == (record.vendor, record.dedup_key):
                return hashed, stored
            probe += 1

    def find(self, hashes: Sequence[int]) -> dict[int, UsageRecord]:
        """Return the records with some key hashes."""
        return {hashed: record for hashed, (_, record) in self._stored(list(hashes)).items()}

    def _numbers_from(self, first: int) -> set[int]:
        rows = self._connection.execute(
            "SELECT change_number FROM records WHERE change_number >= ?", (first,)
        )
        return {number for (number,) in rows}

    def _merge(
        self, number: int, hashed: int, record: UsageRecord, stored: _Stored | None, file_id: int
    ) -> None:
        """Merge a record with its stored copy; if another record has its key hash, try the next hash.

        Args:
            number: the change number, used if the record changes.
            hashed: the key hash.
            record: the record to merge.
            stored: the record with this hash; None to look it up.
            file_id: the log.
        """
        probe = 0
        while (stored := stored or self._stored([hashed]).get(hashed)) is not None:
            known_number, known = stored
            if known == record:
                return
            if (known.vendor, known.dedup_key) == (record.vendor, record.dedup_key):
                merged = merge(known, record)
                if merged[:27] != known[:27]:
                    self._replace(known_number, known, number, hashed, merged, file_id)
                elif merged != known:
                    self._note(known_number, hashed, merged)
                return
            stored = None
            probe += 1
            hashed = key_hash(record.vendor, record.dedup_key, probe)
        self._insert(number, hashed, record, file_id)
        self._keep_apart(hashed, record)
        self.added += 1

    def _stored(self, hashes: list[int]) -> dict[int, _Stored]:
        """Return the records with some key hashes, each with its change number."""
        rows = self._connection.execute(_FIND, (json.dumps(hashes),))
        return {row[0]: (row[1], to_record(row)) for row in rows}

    def _replace(
        self, old_number: int, old: UsageRecord, number: int, hashed: int, new: UsageRecord, file_id: int
    ) -> None:
        project_id, session_ref, flags = self._connection.execute(
            "DELETE FROM records WHERE change_number = ? RETURNING project_id, session_ref, flags",
            (old_number,),
        ).fetchone()
        self._insert(number, hashed, new, file_id)
        if old.apart or new.apart:
            self._keep_apart(hashed, new)
        if (
            new.session_id is None and new.cwd is None
        ):  # the better copy came from the server, which has no sessions
            self._connection.execute(
                "UPDATE records SET project_id = ?, session_ref = ? WHERE change_number = ?",
                (project_id, session_ref, number),
            )
        if flags & SHADOWED:  # stays until `settle_copies` decides again which machine's copy counts
            self._connection.execute(
                f"UPDATE records SET flags = flags | {SHADOWED} WHERE change_number = ?", (number,)
            )
        self.touched.add(old.timestamp // QUARTER_US)
        self.changed += 1

    def _note(self, number: int, hashed: int, record: UsageRecord) -> None:
        """Store only what later merges need; counted and synced fields do not change."""
        self._connection.execute(
            f"UPDATE records SET flags = flags & {(1 << REQUEST_SHIFT) - 1} | ? WHERE change_number = ?",
            (record.request << REQUEST_SHIFT, number),
        )
        self._keep_apart(hashed, record)

    def _keep_apart(self, hashed: int, record: UsageRecord) -> None:
        if record.apart:
            keep_apart(self._connection, [(record, hashed)])
        else:
            forget_apart(self._connection, hashed)

    def _insert(self, number: int, hashed: int, record: UsageRecord, file_id: int) -> None:
        plain, costly = self._rows.of([record], [hashed], number, file_id)
        self.touched.add(record.timestamp // QUARTER_US)
        added = INSERT.insert(self._connection, plain) + INSERT_WITH_COSTS.insert(self._connection, costly)
        assert added == 1, "its place was taken"
