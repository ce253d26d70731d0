"""Convert records to rows of a ledger file, and rows to records."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from ai_usage.ledger.apart import read_copies
from ai_usage.ledger.checks import check_of
from ai_usage.ledger.flags import (
    NO_REASONING,
    OVERSIZED,
    QUARTER_US,
    REQUEST_SHIFT,
    RETRACTED,
    SIDE_CHAIN,
    UNDATED,
    UNRECONCILED,
)
from ai_usage.ledger.insertion import Insertion
from ai_usage.ledger.names import Names
from ai_usage.ledger.tally import PLAUSIBLE_TOKENS, Tally, pico_usd
from ai_usage.usage.group import MAX_SUMMABLE, MAX_SUMMABLE_USD, NO_COST, POSITIVE_COST, ZERO_COST
from ai_usage.usage.prompt_class import PROMPT_CLASS_BOUNDS
from ai_usage.usage.record import UsageRecord

COLUMNS: Final = (
    "change_number, key_hash, timestamp, session_start_offset, session_end_offset, model_id, effort_id, fast_tier,"
    " input_tokens, cache_read_input_tokens, cache_creation_5m_input_tokens, cache_creation_1h_input_tokens,"
    " output_tokens, reasoning_output_tokens, project_id, session_ref, tier_id, web_searches, flags, dedup_key"
)
COST_COLUMNS: Final = "cost_input, cost_output, cost_cache_read, cost_cache_creation"
# A null costs time to bind, and most records have no costs.
CHECKED: Final = ("check_value", check_of)
INSERT: Final = Insertion("INSERT OR IGNORE INTO records", COLUMNS, derived=CHECKED)
INSERT_WITH_COSTS: Final = Insertion(
    "INSERT OR IGNORE INTO records", f"{COLUMNS}, {COST_COLUMNS}", derived=CHECKED
)
SELECT: Final = (
    "SELECT r.key_hash, r.change_number, r.flags, a.copies, r.timestamp, m.vendor, r.dedup_key, r.session_start_offset,"
    " r.session_end_offset, m.model, e.effort, r.fast_tier, r.input_tokens, r.cache_read_input_tokens,"
    " r.cache_creation_5m_input_tokens, r.cache_creation_1h_input_tokens, r.output_tokens,"
    " r.reasoning_output_tokens, r.cost_input, r.cost_output, r.cost_cache_read, r.cost_cache_creation,"
    " s.session_id, s.cwd, s.git_branch, t.service_tier, t.region, r.web_searches"
    " FROM records r JOIN models m USING (model_id) LEFT JOIN efforts e USING (effort_id)"
    " LEFT JOIN sessions s USING (session_ref) LEFT JOIN tiers t USING (tier_id)"
    " LEFT JOIN apart a USING (key_hash)"
)
"""One row per record; a condition may follow."""
_STEPS: Final = tuple(pairwise((-1, *PROMPT_CLASS_BOUNDS, 2**66)))
"""The prompt sizes above which and up to which each class reaches; the sum of four 63-bit counts has 65 bits."""


class Rows:
    """Converts records to rows within one transaction, and adds them to its tally.

    Args:
        names: the numbers of texts.
        tally: the tally of the same transaction.
        touched: the set to which quarters of records too large for the tally are added.
    """

    def __init__(self, names: Names, tally: Tally, touched: set[int]) -> None:
        self._names = names
        self._tally = tally
        self._touched = touched

    def of(
        self, records: Sequence[UsageRecord], hashes: Sequence[int], number: int, file_id: int
    ) -> tuple[list[Any], list[Any]]:
        """Return the values of rows, one row after the other: rows without costs, and rows with costs.

        Args:
            records: the records from one reading of one log.
            hashes: the key hash of each.
            number: the change number of the first record; the others get the following numbers.
            file_id: the log.
        """
        # One flat loop by position: it takes the most time of a first run.
        plain: list[Any] = []
        costly: list[Any] = []
        names, sums = self._names, self._tally.sums
        efforts = names.efforts
        of_vendor: str | None = None
        of_place: tuple[str | None, ...] | None = None
        of_model: str | None = None
        of_quarter: int | None = None  # None when the tally's entry must be looked up again
        of_fast = of_tier = of_cost = above = upto = 0
        for hashed, (
            vendor, key, time, start, end, model, effort, fast, fresh, read, short, long, output, reasoning,
            cost_input, cost_output, cost_read, cost_written, session_id, cwd, branch, service_tier, region,
            searches, side_chain, undated, unreconciled, request, _,
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
                classes = self._tally.classes(model_id)
                of_quarter = None
            tier_id = names.tier(service_tier, region) if service_tier or region else 0
            quarter = time // QUARTER_US
            flags = unknown = 0
            if not reasoning:
                if reasoning is None:
                    reasoning, unknown = 0, 1
                else:
                    flags = NO_REASONING
            if side_chain or undated or unreconciled:
                flags += side_chain * SIDE_CHAIN + undated * UNDATED + unreconciled * UNRECONCILED
            if request:
                flags |= request << REQUEST_SHIFT
            bits = fresh | read | short | long | output | reasoning
            if bits >= PLAUSIBLE_TOKENS:
                self._touched.add(quarter)
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
                    self._touched.add(quarter)
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
                known = sums.setdefault(at, [0] * 10)
            known[0] += 1
            known[1] += fresh
            known[2] += read
            known[5] += output
            if short or long:
                known[3] += short
                known[4] += long
            if reasoning:
                known[6] += reasoning
            elif unknown:
                known[9] += 1
            if searches or cost:
                known[7] += searches
                known[8] += cost
        return plain, costly


def to_record(row: Sequence[object]) -> UsageRecord:
    """Convert a row of `SELECT` to a record."""
    _, _, flags, copies, time, vendor, key, start, end, *rest = row
    assert isinstance(flags, int)
    assert isinstance(time, int)
    assert isinstance(start, int)
    assert isinstance(end, int)
    if not rest[8] and not flags & NO_REASONING:
        rest[8] = None
    marks = (bool(flags & SIDE_CHAIN), bool(flags & UNDATED), bool(flags & UNRECONCILED))
    return UsageRecord._make(
        (
            vendor,
            key,
            time,
            time + start,
            time + end,
            *rest,
            *map(int, marks),
            flags >> REQUEST_SHIFT,
            read_copies(copies),
        )
    )
