"""The usage record: one billed model request, its identity, and the merge of its copies."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, NamedTuple, cast

from xxhash import xxh3_64_intdigest

MAX_STORABLE: Final = 2**63 - 1
"""SQLite and the wire carry 64-bit integers; a larger count in a log is stored as this."""

_HALF: Final = 2**63


class UsageRecord(NamedTuple):
    """One billed model request, as one copy of it in a log tells it.

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
    """1 when this copy stands in a side chain (a sub-agent's or an aside's transcript)."""
    undated: int = 0
    """1 when the log had no usable time and `timestamp` is the file's modification time at first sight."""
    unreconciled: int = 0
    """1 when the log records a total and our kinds do not add up to it."""

    @property
    def prompt_tokens(self) -> int:
        """All prompt tokens, cached or not: what a long-context tier is tested against."""
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
        """Whether this record takes itself back: no token, no cost. It beats every other copy and counts nowhere."""
        return self.total_tokens == 0 and not self.reasoning_output_tokens and self.cost_output is None


RecordFields = tuple[
    str, str, int, int, int, str, str | None, int,
    int, int, int, int, int, int | None,
    float | None, float | None, float | None, float | None,
    str | None, str | None, str | None, str | None, str | None, int, int, int, int,
]  # fmt: skip
"""A record's fields, in order."""

new_record: Final = cast(Callable[[RecordFields], UsageRecord], partial(tuple.__new__, UsageRecord))
"""Make a record of its fields in order: naming 27 of them takes longer than reading the line they come from."""


def with_key(record: UsageRecord, key: str) -> UsageRecord:
    """Return a record under another key; `_replace` takes several times as long."""
    return new_record((record[0], key, *record[2:]))


def retraction_of(record: UsageRecord) -> UsageRecord:
    """Return the copy that takes a record back."""
    return new_record((*record[:8], 0, 0, 0, 0, 0, 0, None, None, None, None, *record[18:]))


def key_hash(vendor: str, dedup_key: str, probe: int = 0) -> int:
    """Hash the identity of a record to a signed 64-bit integer.

    Args:
        vendor: the source that wrote the log.
        dedup_key: identity inside the vendor.
        probe: counted up by the caller when two identities collide.
    """
    text = f"{vendor}\n{dedup_key}" if probe == 0 else f"{vendor}\n{dedup_key}\n{probe}"
    return xxh3_64_intdigest(text.encode()) - _HALF


def key_hashes(records: Iterable[UsageRecord]) -> list[int]:
    """Hash the identities of many records, each as `key_hash` does."""
    return [xxh3_64_intdigest(f"{each[0]}\n{each[1]}".encode()) - _HALF for each in records]


def merge(one: UsageRecord, other: UsageRecord) -> UsageRecord:
    """Merge two copies of one request: the better copy's fields, the earliest start, the latest end.

    Commutative, associative and idempotent, so that the order of files, runs and machines never matters. A copy
    without a usable time says nothing about when the request was made, if another copy knows.
    """
    best = _better(one, other)
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
    if best[2:5] == times and best.undated == undated:
        return best
    return new_record((*best[:2], *times, *best[5:25], undated, best[26]))


def order_of_machines(copy: UsageRecord) -> tuple[bool, int, int, int, str]:
    """Order copies that different machines hold, the best one first, by the fields that every machine knows of all."""
    retracted, _, output, total, detail = _rank(copy)
    return not retracted, -output, -total, -detail, repr(copy[5:18])


def _better(one: UsageRecord, other: UsageRecord) -> UsageRecord:
    """Return the copy that is to be believed."""
    rank_one, rank_other = _rank(one), _rank(other)
    if rank_one != rank_other:
        return one if rank_one > rank_other else other
    # A cost may be spelled in two ways and still be equal: -0.0 is 0.0.
    if one.cost_output is None and one[5:25] == other[5:25] and one[26] == other[26]:
        return one
    return min(one, other, key=_text)


def _rank(copy: UsageRecord) -> tuple[bool, bool, int, int, int]:
    """Order copies. Times take no part: a merged copy has other times than the one it came from."""
    model, effort, fast_tier, fresh, read, short, long, output, reasoning, _, cost_output = copy[5:16]
    total = fresh + read + short + long + output
    costs_nothing = cost_output is None
    detail = (
        (long > 0)
        + (fast_tier >= 0)
        + (effort is not None)
        + bool(reasoning)
        + (not costs_nothing)
        + (model != "unknown")
    )
    retracted = costs_nothing and total == 0 and not reasoning
    return retracted, not copy.side_chain, output, total, detail


def _text(copy: UsageRecord) -> str:
    """Spell out all that the ranking does not see; the smaller text wins, on every machine the same."""
    return repr(copy[5:-2] + copy[-1:])
