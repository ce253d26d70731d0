"""Reading many logs on all processors: children read and send what they found, the parent reads and writes."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from typing import Any, Final, NamedTuple

import msgspec

from ai_usage.ingest.changes import batches
from ai_usage.ingest.children import Child, Send, Tickets, arrived, processes
from ai_usage.ingest.reading import Slice, read
from ai_usage.ingest.scout import Scout
from ai_usage.ledger.files import StoredFile
from ai_usage.sources.base import LogFile, Source

WORTH_FORKING_BYTES: Final = 8 << 20
_BATCH_BYTES: Final = 1 << 20


class Task(NamedTuple):
    """A log to be read on."""

    source: int
    """Index into the list of sources."""
    log: LogFile
    known: StoredFile | None

    @property
    def unread_bytes(self) -> int:
        """About how much there is to read."""
        return self.log.size - (self.known.offset if self.known is not None else 0)


def task(source: int, log: Sequence[Any], known: Sequence[Any] | None) -> Task:
    """Make a task of plain sequences."""
    return Task(source, LogFile._make(log), None if known is None else StoredFile._make(known))


class Work(NamedTuple):
    """What is shared among processes."""

    tasks: Sequence[Task]
    batches: Sequence[Sequence[int]]
    """Indices of tasks, a list for each ticket."""


Answer = tuple[int, Slice]
"""The index of a task, and one slice of its log."""

# Half the time that `marshal` takes, and the records arrive as such.
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(Answer).decode


def read_all(sources: Sequence[Source], tasks: Sequence[Task], scout: Scout | None) -> Iterator[Answer]:
    """Yield the slices of all logs, those of one log in order; with several processes where that is worth it.

    A child that dies leaves logs without a last slice; they keep their place and are read next time.

    Args:
        sources: what can be read.
        tasks: what is to be read, the largest first.
        scout: a child that is there already.
    """
    others = processes() - 1
    if not others or sum(each.unread_bytes for each in tasks) < WORTH_FORKING_BYTES:
        for index, each in enumerate(tasks):
            for piece in read(sources[each.source], each.log, each.known):
                yield index, piece
        return
    with ExitStack() as stack:
        yield from _read_with_children(sources, tasks, scout, others, stack)


def _read_with_children(
    sources: Sequence[Source], tasks: Sequence[Task], scout: Scout | None, others: int, stack: ExitStack
) -> Iterator[Answer]:
    sizes = [each.log.size for each in tasks]
    work = Work(tasks, batches(sizes, max(_BATCH_BYTES, sum(sizes) // 4096)))
    tickets = scout.tickets if scout is not None else stack.enter_context(closing(Tickets()))
    tickets.issue(len(work.batches))
    children: list[Child] = []
    if scout is not None:
        with suppress(BrokenPipeError):
            scout.order(work)
        children.append(scout.child)
    while len(children) < others:
        child = Child(
            lambda send: read_batches(sources, work, tickets, send), [each.pipe for each in children]
        )
        children.append(stack.enter_context(closing(child)))
    while (ticket := tickets.take()) is not None:
        for index in work.batches[ticket]:
            each = tasks[index]
            for piece in read(sources[each.source], each.log, each.known):
                yield index, piece
                yield from map(_unpack, arrived(children, wait=False))
    while not all(child.ended for child in children):
        yield from map(_unpack, arrived(children, wait=True))


def read_batches(sources: Sequence[Source], work: Work, tickets: Tickets, send: Send) -> None:
    """Take tickets until none is left, read their logs, and send the slices."""
    while (ticket := tickets.take()) is not None:
        for index in work.batches[ticket]:
            each = work.tasks[index]
            for piece in read(sources[each.source], each.log, each.known):
                send(_pack((index, piece)))
