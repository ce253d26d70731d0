"""Records in a ledger file: added or merged, never deleted; each change takes the next change number."""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import Any, Final

from ai_usage.ledger.connection import last_change
from ai_usage.ledger.flags import (
    OVERSIZED,
    QUARTER_US,
    RETRACTED,
    SHADOWED,
    SIDE_CHAIN,
    UNDATED,
    UNRECONCILED,
)
from ai_usage.ledger.insertion import Insertion
from ai_usage.ledger.names import Names
from ai_usage.ledger.tally import PLAUSIBLE_TOKENS, Tally, pico_usd
from ai_usage.usage.group import MAX_SUMMABLE, MAX_SUMMABLE_USD, NO_COST, POSITIVE_COST, ZERO_COST
from ai_usage.usage.prompt_class import PROMPT_CLASS_BOUNDS
from ai_usage.usage.record import UsageRecord, key_hash, merge

COLUMNS: Final = (
    "change_number, key_hash, timestamp, session_start_offset, session_end_offset, model_id, effort_id, fast_tier,"
    " input_tokens, cache_read_input_tokens, cache_creation_5m_input_tokens, cache_creation_1h_input_tokens,"
    " output_tokens, reasoning_output_tokens, project_id, session_ref, tier_id, web_searches, flags, dedup_key"
)
COST_COLUMNS: Final = "cost_input, cost_output, cost_cache_read, cost_cache_creation"
# A null costs time to bind, and most records have no costs.
_INSERT: Final = Insertion("INSERT OR IGNORE INTO records", COLUMNS)
_INSERT_WITH_COSTS: Final = Insertion("INSERT OR IGNORE INTO records", f"{COLUMNS}, {COST_COLUMNS}")
_SELECT: Final = (
    "SELECT r.key_hash, r.change_number, r.flags, r.timestamp, m.vendor, r.dedup_key, r.session_start_offset,"
    " r.session_end_offset, m.model, e.effort, r.fast_tier, r.input_tokens, r.cache_read_input_tokens,"
    " r.cache_creation_5m_input_tokens, r.cache_creation_1h_input_tokens, r.output_tokens,"
    " r.reasoning_output_tokens, r.cost_input, r.cost_output, r.cost_cache_read, r.cost_cache_creation,"
    " s.session_id, s.cwd, s.git_branch, t.service_tier, t.region, r.web_searches"
    " FROM records r JOIN models m USING (model_id) LEFT JOIN efforts e USING (effort_id)"
    " LEFT JOIN sessions s USING (session_ref) LEFT JOIN tiers t USING (tier_id)"
)
_FIND: Final = f"{_SELECT} WHERE r.key_hash IN (SELECT value FROM json_each(?))"
_STEPS: Final = tuple(pairwise((-1, *PROMPT_CLASS_BOUNDS, 2**66)))
"""Above which and up to which prompt each class reaches; four counts of 63 bits make one of 65."""

_Stored = tuple[int, UsageRecord]
"""A record that is there, behind its change number."""


class Records:
    """Writes records of one file inside the caller's transaction and remembers what that does to the rollups."""

    def __init__(self, connection: sqlite3.Connection, names: Names) -> None:
        self.touched: set[int] = set()
        """Quarters (`timestamp // QUARTER_US`) whose records must be summed again: one of them was replaced, or is
        too large to be summed here."""
        self.tally = Tally(connection)
        """What records that are simply new add to all other quarters."""
        self.added = 0
        self.changed = 0
        self._connection = connection
        self._names = names
        self._next = last_change(connection) + 1

    def write(self, records: Sequence[UsageRecord], hashes: Sequence[int], file_id: int) -> None:
        """Add records or merge them with the copies that are there.

        Args:
            records: as one reading of one log gave them.
            hashes: `key_hash` of each.
            file_id: the log.
        """
        first = self._next
        plain, costly = self._rows(records, hashes, first, file_id)
        added = _INSERT.insert(self._connection, plain)
        added += _INSERT_WITH_COSTS.insert(self._connection, costly)
        self._next = first + len(records)
        self.added += added
        if added == len(records):
            return
        present = self._numbers_from(first)
        rows = chain(_INSERT.rows(plain), _INSERT_WITH_COSTS.rows(costly))
        self.tally.take_back(row for row in rows if row[0] not in present)
        again = [
            (number, hashed, record)
            for number, (record, hashed) in enumerate(zip(records, hashes, strict=True), first)
            if number not in present
        ]
        stored = self._stored([hashed for _, hashed, _ in again])
        for number, hashed, record in again:
            self._merge(number, hashed, record, stored.pop(hashed, None), file_id)

    def _numbers_from(self, first: int) -> set[int]:
        rows = self._connection.execute(
            "SELECT change_number FROM records WHERE change_number >= ?", (first,)
        )
        return {number for (number,) in rows}

    def _merge(
        self, number: int, hashed: int, record: UsageRecord, stored: _Stored | None, file_id: int
    ) -> None:
        """Merge a record with the copy that holds its place; another record with the same hash moves on.

        Args:
            number: of the change, if it is one.
            hashed: its place.
            record: to be merged.
            stored: the copy; None where it is to be looked up.
            file_id: the log.
        """
        probe = 0
        while (stored := stored or self._stored([hashed]).get(hashed)) is not None:
            known_number, known = stored
            if known == record:
                return
            if (known.vendor, known.dedup_key) == (record.vendor, record.dedup_key):
                merged = merge(known, record)
                if merged != known:
                    self._replace(known_number, known, number, hashed, merged, file_id)
                return
            stored = None
            probe += 1
            hashed = key_hash(record.vendor, record.dedup_key, probe)
        self._insert(number, hashed, record, file_id)
        self.added += 1

    def _stored(self, hashes: list[int]) -> dict[int, _Stored]:
        """Return the records that hold some places, each with its change number."""
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
        if (
            new.session_id is None and new.cwd is None
        ):  # the better copy came from the server, which knows less
            self._connection.execute(
                "UPDATE records SET project_id = ?, session_ref = ? WHERE change_number = ?",
                (project_id, session_ref, number),
            )
        if flags & SHADOWED:  # until it is settled anew which machine's copy counts, it stays as it was
            self._connection.execute(
                f"UPDATE records SET flags = flags | {SHADOWED} WHERE change_number = ?", (number,)
            )
        self.touched.add(old.timestamp // QUARTER_US)
        self.changed += 1

    def _insert(self, number: int, hashed: int, record: UsageRecord, file_id: int) -> None:
        plain, costly = self._rows([record], [hashed], number, file_id)
        self.touched.add(record.timestamp // QUARTER_US)
        added = _INSERT.insert(self._connection, plain) + _INSERT_WITH_COSTS.insert(self._connection, costly)
        assert added == 1, "its place was taken"

    def _rows(
        self, records: Sequence[UsageRecord], hashes: Sequence[int], number: int, file_id: int
    ) -> tuple[list[Any], list[Any]]:
        """Turn records into values of rows, numbered upwards, those without costs apart; add them to the tally."""
        # One flat loop by position: this is the hottest of a first run.
        plain: list[Any] = []
        costly: list[Any] = []
        names, sums = self._names, self.tally.sums
        efforts = names.efforts
        of_vendor: str | None = None
        of_place: tuple[str | None, ...] | None = None
        of_model: str | None = None
        of_quarter: int | None = None  # None where what `known` sums up is to be found anew
        of_fast = of_tier = of_cost = above = upto = 0
        for hashed, (
            vendor, key, time, start, end, model, effort, fast, fresh, read, short, long, output, reasoning,
            cost_input, cost_output, cost_read, cost_written, session_id, cwd, branch, service_tier, region,
            searches, side_chain, undated, unreconciled,
        ) in zip(hashes, records, strict=True):  # fmt: skip
            if vendor != of_vendor:
                of_vendor, models, of_place, of_model = vendor, names.models(vendor), None, None
            place = (session_id, cwd, branch)
            if place != of_place:
                of_place = place
                session_ref, project_id = names.session(vendor, session_id, cwd, branch, file_id)
                of_quarter = None
            if model != of_model:
                of_model, model_id = model, models[model]
                classes = self.tally.classes(model_id)
                of_quarter = None
            tier_id = names.tier(service_tier, region) if service_tier or region else 0
            quarter = time // QUARTER_US
            flags = 0
            if side_chain or undated or unreconciled:
                flags = side_chain * SIDE_CHAIN + undated * UNDATED + unreconciled * UNRECONCILED
            bits = fresh | read | short | long | output | reasoning
            if bits >= PLAUSIBLE_TOKENS:
                self.touched.add(quarter)
                if max(fresh, read, short, long, output, reasoning) > MAX_SUMMABLE:
                    flags |= OVERSIZED
            if cost_output is None:
                if not bits:
                    flags |= RETRACTED
                plain += (
                    number, hashed, time, start - time, end - time, model_id, efforts[effort], fast,
                    fresh, read, short, long, output, reasoning,
                    project_id, session_ref, tier_id, searches, flags, key,
                )  # fmt: skip
                number += 1
                if not bits:
                    continue
                cost, cost_class = 0, NO_COST
            else:
                costs = (cost_input or 0.0, cost_output, cost_read or 0.0, cost_written or 0.0)
                if max(costs) > MAX_SUMMABLE_USD:
                    flags |= OVERSIZED
                    self.touched.add(quarter)
                costly += (
                    number, hashed, time, start - time, end - time, model_id, efforts[effort], fast,
                    fresh, read, short, long, output, reasoning,
                    project_id, session_ref, tier_id, searches, flags, key,
                    cost_input, cost_output, cost_read, cost_written,
                )  # fmt: skip
                number += 1
                cost = pico_usd(costs)
                cost_class = POSITIVE_COST if cost > 0 else ZERO_COST
            prompt = fresh + read + short + long
            if (
                quarter != of_quarter
                or not above < prompt <= upto
                or fast != of_fast
                or tier_id != of_tier
                or cost_class != of_cost
            ):
                of_quarter, of_fast, of_tier, of_cost = quarter, fast, tier_id, cost_class
                step = bisect_left(PROMPT_CLASS_BOUNDS, prompt)
                above, upto = _STEPS[step]
                at = (quarter, model_id, project_id, fast, tier_id, classes[step], cost_class)
                known = sums.setdefault(at, [0] * 9)
            known[0] += 1
            known[1] += fresh
            known[2] += read
            known[5] += output
            if short or long:
                known[3] += short
                known[4] += long
            if reasoning:
                known[6] += reasoning
            if searches or cost:
                known[7] += searches
                known[8] += cost
        return plain, costly


def to_record(row: Sequence[object]) -> UsageRecord:
    """Turn a row of `_SELECT` into a record."""
    _, _, flags, time, vendor, key, start, end, *rest = row
    assert isinstance(flags, int)
    assert isinstance(time, int)
    assert isinstance(start, int)
    assert isinstance(end, int)
    marks = (bool(flags & SIDE_CHAIN), bool(flags & UNDATED), bool(flags & UNRECONCILED))
    return UsageRecord._make((vendor, key, time, time + start, time + end, *rest, *map(int, marks)))


def changed_since(
    connection: sqlite3.Connection, number: int, limit: int
) -> Iterable[tuple[int, UsageRecord]]:
    """Yield records with a higher change number, ascending, each with its number."""
    rows = connection.execute(
        f"{_SELECT} WHERE r.change_number > ? ORDER BY r.change_number LIMIT ?", (number, limit)
    )
    return ((row[1], to_record(row)) for row in rows)
