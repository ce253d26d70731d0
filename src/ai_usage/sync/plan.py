"""Decisions of sync: pure functions from the states of both sides to the records to transfer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ai_usage.ledger.day_digests import KnownDay
from ai_usage.usage.instant import DAY
from ai_usage.wire.messages import Days, Health
from ai_usage.wire.rfc3339 import day_text, read_day

BATCH_BYTES = 700 * 1024
BATCH_RECORDS = 1000
"""Stays below the limits of servers that do not state theirs."""
KNOWN_TO_OLD_SERVERS = ("claude", "codex", "gemini", "kimi", "omp")


class Abilities(NamedTuple):
    """The optional features of a server; the first servers had none of them."""

    any_vendor: bool
    filtered_pull: bool
    days: bool
    encodings: bool
    epochs: bool


def abilities(health: Health) -> Abilities:
    """Read a server's features."""
    return Abilities(*(name.replace("_", "-") in health.features for name in Abilities._fields))


class Limits(NamedTuple):
    """The most that one batch may hold."""

    records: int
    body_bytes: int


def batch_limits(health: Health) -> Limits:
    """Return the smaller of the server's limits and our own."""
    if health.limits is None:
        return Limits(BATCH_RECORDS, BATCH_BYTES)
    return Limits(
        max(1, min(BATCH_RECORDS, health.limits.max_batch_records)),
        max(1, min(BATCH_BYTES, health.limits.max_body_bytes - 1)),
    )


Line = tuple[int, bytes]
"""A record's change number and its canonical bytes."""


def cut(lines: Iterable[Line], limits: Limits) -> Iterator[list[Line]]:
    """Cut records into batches; a record larger than the limit gets a separate batch."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        length = len(line[1]) + 1
        if batch and (len(batch) >= limits.records or size + length > limits.body_bytes):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += length
    if batch:
        yield batch


def range_end(now: int, clock_offset_us: int) -> int:
    """Return where a report ends: the earlier of this machine's and the server's last UTC midnight."""
    earlier = now + min(0, clock_offset_us)
    return earlier - earlier % DAY


class Difference(NamedTuple):
    """A day of which two sides hold different records."""

    day: int
    ours: str
    """The digest; empty without a record."""
    theirs: str
    our_count: int
    their_count: int


def read_server_days(days: Days) -> dict[int, KnownDay]:
    """Convert the server's answer to the form of local days; an invalid day is left out."""
    return {
        number: KnownDay(day.record_count, _bytes(day.digest_sha256))
        for day in days.days
        if (number := read_day(day.day)) is not None
    }


def differing(
    ours: Mapping[int, KnownDay], theirs: Mapping[int, KnownDay], before: int | None = None
) -> list[Difference]:
    """Name the days that differ, ascending.

    Args:
        ours: by UTC day.
        theirs: the same.
        before: leave out days that end after this instant.
    """
    nothing = KnownDay(0, b"")
    return [
        Difference(
            day,
            ours.get(day, nothing).digest.hex(),
            theirs.get(day, nothing).digest.hex(),
            ours.get(day, nothing).record_count,
            theirs.get(day, nothing).record_count,
        )
        for day in sorted(ours.keys() | theirs.keys())
        if ours.get(day) != theirs.get(day) and (before is None or (day + 1) * DAY <= before)
    ]


def name_days(differences: Sequence[Difference]) -> str:
    """Name days that differ: one, or how many from when to when."""
    first, last = day_text(differences[0].day), day_text(differences[-1].day)
    return first if len(differences) == 1 else f"{len(differences):,} days from {first} to {last}"


def not_tried(differences: Iterable[Difference], tried: Mapping[str, list[str]]) -> list[Difference]:
    """Leave out days that were transferred without success and have not changed on either side since."""
    return [each for each in differences if tried.get(day_text(each.day)) != [each.ours, each.theirs]]


def remember_tried(differences: Iterable[Difference]) -> dict[str, list[str]]:
    """Return the state to keep of days that were transferred and still differ."""
    return {day_text(each.day): [each.ours, each.theirs] for each in differences}


def _bytes(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b"?"
