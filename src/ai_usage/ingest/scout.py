"""A child that looks for logs while its parent loads what it needs itself, and then reads its share of them.

It is forked before the parent opens the ledger (docs/adr/0015-a-scout.md).
"""

import marshal
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from itertools import islice
from typing import TYPE_CHECKING, Final

from ai_usage.ingest.changes import Found
from ai_usage.ingest.children import Child, Send, Tickets, processes, read_message, write_message
from ai_usage.ingest.discovery import Roots, discover
from ai_usage.sources.base import LogFile, Source, Unreadable

if TYPE_CHECKING:
    from ai_usage.ingest.workers import Work

_LOGS_AT_ONCE: Final = 1024


class Scout:
    """A child that was sent out."""

    def __init__(self, sources: Sequence[Source], roots: Roots, *, much: bool) -> None:
        """Send it out; it must be closed."""
        self.tickets = Tickets()
        """Of batches, for all processes that read."""
        reading, writing = os.pipe()
        orders, self._orders = FileIO(reading), FileIO(writing, "w")

        def work(send: Send) -> None:
            self.tickets.only_take()
            _look(sources, roots, send)
            _read(sources, self.tickets, orders, send, much=much)

        self.child = Child(work, not_for_it=(self._orders,))
        orders.close()

    def found(self, unreadable: list[Unreadable]) -> list[Found] | None:
        """Wait for all that there is; None when the child was lost.

        Args:
            unreadable: takes what was named like a log but could not be one.
        """
        found: list[Found] = []
        while not self.child.ended:
            for message in self.child.receive():
                logs, problems = marshal.loads(message)  # noqa: S302  # from our own child
                found += [Found(source, LogFile._make(log)) for source, log in logs]
                if problems is not None:
                    unreadable += map(Unreadable._make, problems)
                    return found
        return None

    def order(self, work: "Work") -> None:
        """Have it read batches, for which it takes tickets as others do.

        Raises:
            BrokenPipeError: the child was lost.
        """
        logs = [(each.source, tuple(each.log), each.known and tuple(each.known)) for each in work.tasks]
        write_message(self._orders, marshal.dumps((logs, list(map(list, work.batches)))))
        self._orders.close()

    def close(self) -> None:
        """End it, whether or not it is done."""
        self.child.close()
        self.tickets.close()
        self._orders.close()


@contextmanager
def scouting(sources: Sequence[Source], roots: Roots, *, much: bool) -> Iterator[Scout | None]:
    """Send a scout out for as long as the block runs; None where that is of no use.

    Args:
        sources: what can be read.
        roots: where to look.
        much: whether there will certainly be much to read, so that the child may load what that takes.
    """
    if processes() < 2:
        yield None
        return
    scout = Scout(sources, roots, much=much)
    try:
        yield scout
    finally:
        scout.close()


def _look(sources: Sequence[Source], roots: Roots, send: Send) -> None:
    """Tell of logs as they are found, and at the end of what was unreadable."""
    unreadable: list[Unreadable] = []
    found = discover(sources, roots, unreadable)
    while some := [(source, tuple(log)) for source, log in islice(found, _LOGS_AT_ONCE)]:
        send(marshal.dumps((some, None)))
    send(marshal.dumps(([], list(map(tuple, unreadable)))))


def _read(sources: Sequence[Source], tickets: Tickets, orders: FileIO, send: Send, *, much: bool) -> None:
    """Wait for orders, if any come, and read."""
    if much:
        from ai_usage.ingest import workers
        from ai_usage.sources import entries  # noqa: F401  # what most parsers load
    order = read_message(orders)
    if order is None:
        return
    from ai_usage.ingest import workers

    logs, batches = marshal.loads(order)  # noqa: S302  # from our own parent
    tasks = [workers.task(source, log, known) for source, log, known in logs]
    workers.read_batches(sources, workers.Work(tasks, batches), tickets, send)
