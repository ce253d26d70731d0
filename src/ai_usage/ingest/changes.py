"""Which logs have something new: pure, from what the file system and the ledger say."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ai_usage.sources.base import LogFile


class Found(NamedTuple):
    """A log and the source that reads it."""

    source: int
    """Index into the list of sources."""
    log: LogFile


Positions = Mapping[tuple[int, int, str], tuple[int, int, int]]
"""Size, mtime_ns and parser version at the last reading, by device, inode and vendor."""


def changed(
    found: Iterable[Found], positions: Positions, vendors: list[str], versions: list[int]
) -> list[Found]:
    """Return the logs that are new or differ from their last reading, each once, the largest first.

    A file that two paths lead to is one file: it is known by device and inode.
    """
    fresh: dict[tuple[int, int, str], Found] = {}
    for each in found:
        log = each.log
        key = (log.device, log.inode, vendors[each.source])
        if positions.get(key) != (log.size, log.mtime_ns, versions[each.source]):
            fresh.setdefault(key, each)
    return sorted(fresh.values(), key=lambda each: -each.log.size)


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
