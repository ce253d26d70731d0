"""What to read, and in which order: pure, from what the file system and the ledger say."""

from collections.abc import Container, Iterable
from typing import NamedTuple

from ai_usage.ledger.files import Position
from ai_usage.sources.base import LogFile, Source


class Found(NamedTuple):
    """A log and the source that reads it."""

    source: int
    """Index into the list of sources."""
    log: LogFile


def is_new(log: LogFile, source: Source, positions: Container[Position]) -> bool:
    """Tell whether a log is new or differs from its last reading."""
    return (*log[1:], source.name, source.parser_version) not in positions


def in_order(found: Iterable[Found]) -> list[Found]:
    """Name each log once, the largest first; two paths that lead to one file are one log."""
    once = {(each.log.device, each.log.inode, each.source): each for each in found}
    return sorted(once.values(), key=lambda each: -each.log.size)


def batches(found: list[Found], size_bytes: int) -> list[list[Found]]:
    """Group logs so that a batch has about as many bytes as asked, or is one larger log."""
    groups: list[list[Found]] = []
    room = 0
    for each in found:
        if not groups or each.log.size > room:
            groups.append([])
            room = size_bytes
        groups[-1].append(each)
        room -= each.log.size
    return groups
