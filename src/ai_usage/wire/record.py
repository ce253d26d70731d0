"""The record on the wire: 22 keys, their rules in order, and the normal form of a valid record."""

import math
import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Annotated, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta

from ai_usage.wire.rfc3339 import read_instant

SCHEMA_VERSION: Final = 1
MAX_INTEGER: Final = 2**63 - 1
HOST_ID = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)
VENDOR = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _pattern(form: re.Pattern[str]) -> Meta:
    """Describe a text's pattern; `check` tests it, because a decoder would match it again for every record."""
    return Meta(extra_json_schema={"pattern": f"^{form.pattern}$"})


HostId: TypeAlias = Annotated[str, _pattern(HOST_ID)]
Vendor: TypeAlias = Annotated[str, _pattern(VENDOR)]
Sha256: TypeAlias = Annotated[str, _pattern(SHA256)]
DedupKey: TypeAlias = Annotated[str, Meta(min_length=1, max_length=512)]
Model: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256)]
Effort: TypeAlias = Annotated[str, Meta(max_length=64)]
Time: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, extra_json_schema={"format": "date-time"})]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
FastTier: TypeAlias = Annotated[int, Meta(ge=-128, le=127)]
Cost: TypeAlias = Annotated[float, Meta(ge=0)]


class WireRecord(msgspec.Struct, frozen=True, gc=False):
    """One usage record as it crosses the network; the order of the fields is the order of the keys.

    Times are texts, kept verbatim. `cache_creation_input_tokens` is the sum of the two kinds after it.
    """

    schema_version: Annotated[int, Meta(ge=1, le=1)]
    host_id: HostId
    vendor: Vendor
    dedup_key: DedupKey
    timestamp: Time
    session_start_time: Time
    session_end_time: Time
    model: Model
    effort: Effort | None
    fast_tier: FastTier
    input_tokens: Count
    output_tokens: Count
    cache_read_input_tokens: Count
    cache_creation_input_tokens: Count
    cache_creation_5m_input_tokens: Count
    cache_creation_1h_input_tokens: Count
    reasoning_output_tokens: Count
    cost_input: Cost | None
    cost_output: Cost | None
    cost_cache_read: Cost | None
    cost_cache_creation: Cost | None
    project_path_sha256: Sha256 | None


class PulledRecord(WireRecord, frozen=True, gc=False):
    """A record in a pull's answer: with its place in the server's order, and the time when the server stored it."""

    seq: Count
    uploaded_at: Time


class Checked(NamedTuple):
    """A valid, normalised record with its three times as instants."""

    record: WireRecord
    timestamp: int
    session_start_time: int
    session_end_time: int


class InvalidRecord(ValueError):
    """An invalid record; the text is the specification's."""


KEYS: Final = tuple(field.name for field in msgspec.structs.fields(WireRecord))
TIMES: Final = KEYS[4:7]
COUNTS: Final = KEYS[10:17]
COSTS: Final = KEYS[17:21]
NO_COSTS: Final = (None,) * len(COSTS)
costs_of: Final[Callable[[object], tuple[float | None, ...]]] = attrgetter(*COSTS)


def check(record: WireRecord) -> Checked:
    """Validate a record in the specification's order, normalise it, and read its times.

    Raises:
        InvalidRecord: the first rule that it breaks.
    """
    fault = next(_faults(record), None)
    if fault is not None:
        raise InvalidRecord(fault)
    return read_times(normalise(record))


def read_times(record: WireRecord) -> Checked:
    """Read the three times of a record.

    Raises:
        InvalidRecord: the first that is not RFC 3339.
    """
    first, second, third = record.timestamp, record.session_start_time, record.session_end_time
    timestamp = read_instant(first)
    start = timestamp if second == first else read_instant(second)
    end = timestamp if third == first else read_instant(third)
    if timestamp is None or start is None or end is None:
        name = TIMES[(timestamp, start, end).index(None)]
        raise InvalidRecord(f"{name} must be RFC3339")
    return Checked(record, timestamp, start, end)


def normalise(record: WireRecord) -> WireRecord:
    """Make the aggregate of cache writes the sum of its kinds; an undivided one is the 5-minute kind.

    A sum above 64 bits is kept as the largest integer, and a cost of -0.0 becomes zero.
    """
    aggregate = record.cache_creation_input_tokens
    kinds = record.cache_creation_5m_input_tokens + record.cache_creation_1h_input_tokens
    costs = costs_of(record)
    if aggregate == kinds and costs == NO_COSTS:
        return record
    changes: dict[str, int | float] = {}
    if kinds == 0 < aggregate:
        changes["cache_creation_5m_input_tokens"] = aggregate
    elif aggregate != kinds:
        changes["cache_creation_input_tokens"] = min(kinds, MAX_INTEGER)
    changes.update(
        (name, 0.0)
        for name, cost in zip(COSTS, costs, strict=True)
        if cost == 0 and math.copysign(1, cost) < 0
    )
    return msgspec.structs.replace(record, **changes) if changes else record


def round_cost(cost: float) -> float:
    """Round to the 15 significant digits that every peer reads back exactly; negative zero becomes zero."""
    return float(f"{cost:.15g}") + 0.0


def _faults(record: WireRecord) -> Iterator[str]:
    if record.schema_version != SCHEMA_VERSION:
        yield f"unsupported schema version {record.schema_version}"
    if HOST_ID.fullmatch(record.host_id) is None:
        yield "invalid host_id"
    if VENDOR.fullmatch(record.vendor) is None:
        yield "invalid vendor"
    yield from _length_faults("dedup_key", record.dedup_key, 512)
    for name in TIMES:
        yield from time_faults(name, getattr(record, name))
    yield from _length_faults("model", record.model, 256)
    if record.effort is not None and _size(record.effort) > 64:
        yield "effort is too long"
    for name in COUNTS:
        if getattr(record, name) < 0:
            yield f"{name} must be non-negative"
    for name, cost in zip(COSTS, costs_of(record), strict=True):
        if cost is not None and not (math.isfinite(cost) and cost >= 0):
            yield f"{name} must be finite and non-negative"
    if record.project_path_sha256 is not None and SHA256.fullmatch(record.project_path_sha256) is None:
        yield "project_path_sha256 must be lowercase hex"


def time_faults(name: str, text: str) -> Iterator[str]:
    """Name the rules for a time that a text breaks, in order."""
    yield from _length_faults(name, text, 64)
    if read_instant(text) is None:
        yield f"{name} must be RFC3339"


def _length_faults(name: str, text: str, most: int) -> Iterator[str]:
    if not text:
        yield f"{name} must not be empty"
    if _size(text) > most:
        yield f"{name} is too long"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
