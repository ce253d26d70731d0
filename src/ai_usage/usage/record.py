"""The usage record: one billed model request, its identity, and the merge of its copies."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, NamedTuple, cast

from xxhash import xxh3_64_intdigest

from ai_usage.usage.copies import Copy, choose, rank, reduce

MAX_STORABLE: Final = 2**63 - 1
"""SQLite and the wire carry 64-bit integers; a larger count in a log is stored as this."""

_HALF: Final = 2**63


class UsageRecord(NamedTuple):
    """One billed model request, from one copy of it in a log.

    Instants are integers: microseconds since 1970-01-01T00:00:00Z. The five token kinds `input`, `cache_read`,
    `cache_creation_5m`, `cache_creation_1h` and `output` are disjoint; `reasoning_output_tokens` is the part of
    `output_tokens` that was thinking, None where the log does not say. Costs are USD as recorded by the log: all four
    or none. A log that records one total puts it into `cost_output` and 0 into the others.

    The fields from `session_id` on are local: they never leave the machine as fields.
    """

    vendor: str
    dedup_key: str
    timestamp: int
    session_start_time: int
    session_end_time: int
    model: str
    effort: str | None = None
    fast_tier: int = -1
    input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_5m_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int | None = 0
    cost_input: float | None = None
    cost_output: float | None = None
    cost_cache_read: float | None = None
    cost_cache_creation: float | None = None
    session_id: str | None = None
    cwd: str | None = None
    git_branch: str | None = None
    service_tier: str | None = None
    region: str | None = None
    web_searches: int = 0
    side_chain: int = 0
    """1 when this copy is in a side chain (a sub-agent's or an aside's transcript)."""
    undated: int = 0
    """1 when the log had no usable time and `timestamp` is the file's modification time at first sight."""
    unreconciled: int = 0
    """1 when the log records a total that differs from the sum of our kinds."""
    request: int = 0
    """A hash of the request's id, if it distinguishes copies; 0 otherwise."""
    apart: tuple[Copy, ...] = ()
    """All copies that a later merge may need, if there are several (`usage/copies.py`)."""

    @property
    def prompt_tokens(self) -> int:
        """All prompt tokens, cached or not; they decide on a long-context price."""
        return (
            self.input_tokens
            + self.cache_read_input_tokens
            + self.cache_creation_5m_input_tokens
            + self.cache_creation_1h_input_tokens
        )

    @property
    def total_tokens(self) -> int:
        """The sum of the five disjoint kinds."""
        return self.prompt_tokens + self.output_tokens

    @property
    def retracted(self) -> bool:
        """Whether this record is a retraction: no token, no cost. It wins over every other copy and is not counted."""
        return self.total_tokens == 0 and not self.reasoning_output_tokens and self.cost_output is None


RecordFields = tuple[
    str, str, int, int, int, str, str | None, int,
    int, int, int, int, int, int | None,
    float | None, float | None, float | None, float | None,
    str | None, str | None, str | None, str | None, str | None, int, int, int, int, int, tuple[Copy, ...],
]  # fmt: skip
"""A record's fields, in order."""

new_record: Final = cast(Callable[[RecordFields], UsageRecord], partial(tuple.__new__, UsageRecord))
"""Make a record of its fields in order: naming 29 of them takes longer than reading the line they come from."""


def with_key(record: UsageRecord, key: str) -> UsageRecord:
    """Return a record under another key; `_replace` takes several times as long."""
    return new_record((record[0], key, *record[2:]))


def hash_request(request_id: str) -> int:
    """Hash the id of a request to the 24 bits that a ledger keeps; enough to tell copies of one answer apart."""
    return xxh3_64_intdigest(request_id.encode()) & 0xFFFFFF


def retraction_of(record: UsageRecord) -> UsageRecord:
    """Return the copy that retracts a record."""
    return new_record((*record[:8], 0, 0, 0, 0, 0, 0, None, None, None, None, *record[18:28], ()))


def key_hash(vendor: str, dedup_key: str, probe: int = 0) -> int:
    """Hash the identity of a record to a signed 64-bit integer.

    Args:
        vendor: the source that wrote the log.
        dedup_key: identity inside the vendor.
        probe: counted up by the caller when two identities collide.
    """
    text = f"{vendor}\n{dedup_key}" if probe == 0 else f"{vendor}\n{dedup_key}\n{probe}"
    return xxh3_64_intdigest(text.encode()) - _HALF


def key_hash_of_bytes(vendor: bytes, dedup_key: bytes, probe: int = 0) -> int:
    """Hash an identity as `key_hash` does, from bytes that may not be UTF-8."""
    end = b"" if probe == 0 else b"\n%d" % probe
    return xxh3_64_intdigest(b"%b\n%b%b" % (vendor, dedup_key, end)) - _HALF


def key_hashes(records: Iterable[UsageRecord]) -> list[int]:
    """Hash the identities of many records, each as `key_hash` does."""
    return [xxh3_64_intdigest(f"{each[0]}\n{each[1]}".encode()) - _HALF for each in records]


def merge(one: UsageRecord, other: UsageRecord) -> UsageRecord:
    """Merge two copies of one request: the better copy's fields, the earliest start, the latest end.

    Commutative, associative and idempotent, so that the order of files, runs and machines never matters. A copy
    without a usable time does not affect the time if another copy has one.
    """
    if one.undated == other.undated:
        time, start, end = one[2:5]
        its_time, its_start, its_end = other[2:5]
        times = (
            time if time < its_time else its_time,
            start if start < its_start else its_start,
            end if end > its_end else its_end,
        )
    else:
        times = (other if one.undated else one)[2:5]
    undated = one.undated & other.undated
    if _are_alike(one, other):
        best = _better(one, other)
        if best[2:5] == times and best.undated == undated:
            return best
        return new_record((*best[:2], *times, *best[5:25], undated, *best[26:]))
    copies = reduce((*_copies(one), *_copies(other)))
    said = choose(copies)
    apart = copies if len(copies) > 1 else ()
    return new_record((*one[:2], *times, *said[:20], undated, *said[20:], apart))


def order_of_machines(copy: UsageRecord) -> tuple[bool, int, int, int, str]:
    """Order the copies of different machines, the best first, by the fields that are synced."""
    retracted, output, total, detail = rank(copy[5:16])
    return not retracted, -output, -total, -detail, repr(copy[5:18])


def _are_alike(one: UsageRecord, other: UsageRecord) -> bool:
    """Whether only the better one of two copies must be kept, as is nearly always the case."""
    if one.apart or other.apart or one.side_chain != other.side_chain:
        return False
    return not one.side_chain or (one[8:12] == other[8:12] and one.request == other.request)


def _better(one: UsageRecord, other: UsageRecord) -> UsageRecord:
    """Return the better of two copies from the same kind of place."""
    rank_one, rank_other = rank(one[5:16]), rank(other[5:16])
    if rank_one != rank_other:
        return one if rank_one > rank_other else other
    # Equal costs may differ as text: -0.0 equals 0.0.
    if one.cost_output is not None or one[5:25] != other[5:25] or one[26] != other[26]:
        text_one, text_other = _text(one), _text(other)
        if text_one != text_other:
            return one if text_one < text_other else other
    return one if one.request >= other.request else other


def _copies(record: UsageRecord) -> tuple[Copy, ...]:
    return record.apart or (Copy._make((*record[5:25], *record[26:28])),)


def _text(copy: UsageRecord) -> str:
    """Return the fields that the ranking ignores as text; the smaller text wins, on every machine alike."""
    return repr(copy[5:25] + copy[26:27])
