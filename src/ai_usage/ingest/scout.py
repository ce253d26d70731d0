"""A child process that searches for logs while its parent loads modules; on a first run it then reads logs too.

It is forked before the parent opens the ledger (docs/adr/0015-a-scout.md).
"""

import marshal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Final

from ai_usage.ingest.changes import Found, in_order
from ai_usage.ingest.children import Child, Send, Tickets, processes
from ai_usage.ingest.discovery import Roots, discover
from ai_usage.sources.base import LogFile, Source, Unreadable

_LOGS_AT_ONCE: Final = 1024


class ScoutLost(Exception):
    """A scout ended before it had reported everything."""


class Scout:
    """A child process that searches for logs."""

    def __init__(self, sources: Sequence[Source], roots: Roots, *, reads: bool) -> None:
        """Start the child; the caller must close it.

        Args:
            sources: the sources.
            roots: the folders to search.
            reads: whether this is a first run, on which the child also reads logs after the search.

        Raises:
            OSError: there are too many processes or open files already.
        """
        self.reads: Sequence[Found] | None = None
        """The logs of which the child reads its share, after `found` has ended; None if it only searches."""
        self.tickets = Tickets()
        """The numbers of the batches to read."""
        self._reads = reads

        def work(send: Send) -> None:
            found = _look(sources, roots, send)
            if reads:
                from ai_usage.ingest.workers import read_share

                read_share(sources, in_order(found), self.tickets, send)

        try:
            self.child = Child(work)
        except OSError:
            self.tickets.close()
            raise
        self.tickets.leave_to_others()

    def found(self, unreadable: list[Unreadable]) -> Iterator[Found]:
        """Yield logs as soon as the child reports them.

        Args:
            unreadable: the list to which paths are added that are named like a log but are not readable files.

        Raises:
            ScoutLost: the child ended before it had reported everything.
        """
        found: list[Found] = []
        while (message := self.child.receive_one()) is not None:
            logs, problems = marshal.loads(message)  # noqa: S302  # from our own child
            some = [Found(source, LogFile._make(log)) for source, log in logs]
            yield from some
            if self._reads:
                found += some
            if problems is not None:
                unreadable += map(Unreadable._make, problems)
                self.reads = in_order(found) if self._reads else None
                return
        raise ScoutLost

    def close(self) -> None:
        """End the child, whether or not it has finished."""
        self.child.close()
        self.tickets.close()


@contextmanager
def scouting(sources: Sequence[Source], roots: Roots, *, reads: bool) -> Iterator[Scout | None]:
    """Send a scout out for as long as the block runs; None where that is of no use or not possible.

    Args:
        sources: what can be read.
        roots: where to look.
        reads: whether nothing was read before.
    """
    scout = None
    if processes() > 1:
        with suppress(OSError):
            scout = Scout(sources, roots, reads=reads)
    if scout is None:
        yield None
        return
    try:
        yield scout
    finally:
        scout.close()


def _look(sources: Sequence[Source], roots: Roots, send: Send) -> list[Found]:
    """Tell of logs as they are found, and at the end of what was unreadable; return the logs."""
    unreadable: list[Unreadable] = []
    found: list[Found] = []
    logs = discover(sources, roots, unreadable)
    while some := list(islice(logs, _LOGS_AT_ONCE)):
        send(marshal.dumps(([(source, tuple(log)) for source, log in some], None)))
        found += some
    send(marshal.dumps(([], list(map(tuple, unreadable)))))
    return found
