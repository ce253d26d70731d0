"""Find the logs of all agents."""

from collections.abc import Iterator, Mapping, Sequence

from ai_usage.ingest.changes import Found
from ai_usage.sources.base import Root, Source, Unreadable

Roots = Mapping[str, Sequence[Root]]
"""The folders of each source, by its name."""


def discover(sources: Sequence[Source], roots: Roots, unreadable: list[Unreadable]) -> Iterator[Found]:
    """Yield every log of every source.

    Args:
        sources: the sources.
        roots: the folders to search.
        unreadable: the list to which paths are added that are named like a log but are not readable files.
    """
    for index, source in enumerate(sources):
        for root in roots.get(source.name, ()):
            for log in source.discover(str(root.path), unreadable):
                yield Found(index, log)
