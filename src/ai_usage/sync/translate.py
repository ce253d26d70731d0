"""Convert records between a ledger file and the wire."""

from typing import Any, Final, NamedTuple

from ai_usage.ledger.peer_records import to_usage
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.usage.instant import to_text
from ai_usage.usage.record import UsageRecord
from ai_usage.wire.canonical import ReportRow
from ai_usage.wire.record import MAX_INTEGER, SCHEMA_VERSION, Checked, WireRecord, costs_of, round_cost
from ai_usage.wire.rfc3339 import is_plain

_NO_COSTS: Final = (None, None, None, None)
_MODEL: Final = UsageRecord._fields.index("model")
_FIRST_COST: Final = UsageRecord._fields.index("cost_input")
_FIRST_LOCAL: Final = UsageRecord._fields.index("session_id")


class Spelling(NamedTuple):
    """How the records of one file are written on the wire."""

    host_id: str
    project_hash: bool = True
    rounded: bool = False
    """Whether costs are rounded to the digits that every peer reads; only this machine's own are."""


def to_wire(row: TravelRow, spelling: Spelling) -> WireRecord:
    """Convert a record to the wire, with all its keys."""
    (
        _, vendor, key, at, start, end, times, model, effort, fast, fresh, output, read, short, long, reasoning,
        cost_input, cost_output, cost_read, cost_creation, project,
    ) = _with_costs(row, spelling)  # fmt: skip
    timestamp, begin, finish = _times(at, start, end, times)
    return WireRecord(
        SCHEMA_VERSION, spelling.host_id, vendor, key, timestamp, begin, finish, model, effort, fast,
        fresh, output, read, min(short + long, MAX_INTEGER), short, long, reasoning,
        cost_input, cost_output, cost_read, cost_creation, project if spelling.project_hash else None,
    )  # fmt: skip


def to_report_row(row: TravelRow, spelling: Spelling) -> ReportRow:
    """Convert a record to the keys that a report covers."""
    (
        _, vendor, key, at, start, end, times, model, effort, fast, fresh, output, read, short, long, reasoning,
        cost_input, cost_output, cost_read, cost_creation, _,
    ) = _with_costs(row, spelling)  # fmt: skip
    timestamp, begin, finish = _times(at, start, end, times)
    return ReportRow(
        spelling.host_id, vendor, key, timestamp, begin, finish, model, effort, fast,
        fresh, output, read, min(short + long, MAX_INTEGER), reasoning,
        cost_input, cost_output, cost_read, cost_creation,
    )  # fmt: skip


def from_wire(checked: Checked, seq: int) -> TravelRow:
    """Convert a checked record to a row of another machine's file."""
    record, at, start, end = checked
    times = record.timestamp, record.session_start_time, record.session_end_time
    return TravelRow(
        seq,
        record.vendor,
        record.dedup_key,
        at,
        start - at,
        end - at,
        None if all(map(is_plain, times)) else "\n".join(times),
        record.model,
        record.effort,
        record.fast_tier,
        record.input_tokens,
        record.output_tokens,
        record.cache_read_input_tokens,
        record.cache_creation_5m_input_tokens,
        record.cache_creation_1h_input_tokens,
        record.reasoning_output_tokens,
        record.cost_input,
        record.cost_output,
        record.cost_cache_read,
        record.cost_cache_creation,
        record.project_path_sha256,
    )


def as_if_local(row: TravelRow, known: UsageRecord | None) -> UsageRecord:
    """Return the server's copy of a record, with the fields that are not synced taken from the local record.

    Missing local fields and rounded costs then do not make the server's copy compare as better or worse.

    Args:
        row: the server's copy.
        known: the record of the same identity in this ledger; None if the ledger has none.
    """
    record = to_usage(row)
    if known is None or known[:2] != record[:2]:
        return record
    costs = costs_of(known) if _rounded(costs_of(known)) == costs_of(record) else costs_of(record)
    local = UsageRecord._make((*record[:_FIRST_COST], *costs, *known[_FIRST_LOCAL:]))
    if known.reasoning_output_tokens is not None and local.reasoning_output_tokens is None:
        local = local._replace(reasoning_output_tokens=0)  # this agent's logs contain reasoning
    says_the_same = local[_MODEL:_FIRST_LOCAL] == known[_MODEL:_FIRST_LOCAL]
    return local if says_the_same else local._replace(apart=())


def _times(at: int, start: int, end: int, spelled: str | None) -> tuple[str, str, str]:
    if spelled is not None:
        timestamp, begin, finish = spelled.split("\n")
        return timestamp, begin, finish
    timestamp = to_text(at)
    return timestamp, to_text(at + start) if start else timestamp, to_text(at + end) if end else timestamp


def _with_costs(row: TravelRow, spelling: Spelling) -> tuple[Any, ...]:
    """Return a row with its costs as they are sent; few records have costs."""
    if not spelling.rounded or row[16:20] == _NO_COSTS:
        return row
    return (*row[:16], *_rounded(row[16:20]), row[20])


def _rounded(costs: tuple[float | None, ...]) -> tuple[float | None, ...]:
    return tuple(None if cost is None else round_cost(cost) for cost in costs)
