"""Decide which logs to read, and in which order: pure functions on the states of files and ledger."""

from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ai_usage.sources.base import LogFile, Source

if TYPE_CHECKING:
    from ai_usage.ledger.files import Position


class Found(NamedTuple):
    """A log and the source that reads it."""

    source: int
    """Index into the list of sources."""
    log: LogFile


def is_new(log: LogFile, source: Source, positions: "Container[Position]") -> bool:
    """Tell whether a log is new or differs from its last reading."""
    return (*log[1:], source.name, source.parser_version) not in positions


def in_order(found: Iterable[Found]) -> list[Found]:
    """Return each log once, the largest first; two paths to one file are one log."""
    once = {(each.log.device, each.log.inode, each.source): each for each in found}
    return sorted(once.values(), key=lambda each: -each.log.size)


def batches(sizes: Sequence[int], batch_bytes: int) -> list[list[int]]:
    """Group logs into batches of about `batch_bytes`; a larger log is a batch of its own.

    Args:
        sizes: the sizes of the logs, in bytes.
        batch_bytes: the size of a batch.

    Returns:
        Indices into `sizes`.
    """
    groups: list[list[int]] = []
    room = 0
    for index, size in enumerate(sizes):
        if not groups or size > room:
            groups.append([])
            room = batch_bytes
        groups[-1].append(index)
        room -= size
    return groups
