"""Reading many logs on all processors: children read and send what they found, the parent reads and writes."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from typing import Final, NamedTuple

from ai_usage.ingest.changes import Found, batches
from ai_usage.ingest.children import Child, Send, Tickets, arrived, processes
from ai_usage.ingest.lean import msgspec
from ai_usage.ingest.reading import Slice, read
from ai_usage.ingest.scout import Scout
from ai_usage.ledger.files import StoredFile
from ai_usage.sources.base import LogFile, Source

WORTH_FORKING_BYTES: Final = 8 << 20
_BATCH_BYTES: Final = 1 << 20
_OPENING_BYTES: Final = 32 << 10
"""About how much is read in the time that it takes to open a log and to store its place."""


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


Answer = tuple[int, Slice]
"""The index of a task, and one slice of its log."""

# Half the time that `marshal` takes, and the records arrive as such.
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(Answer).decode


def read_all(sources: Sequence[Source], tasks: Sequence[Task], scout: Scout | None) -> Iterator[Answer]:
    """Yield the slices of all logs, those of one log in order; with several processes where that is worth it.

    What a child leaves unfinished when it dies is read once more from where its task begins.

    Args:
        sources: what can be read.
        tasks: what is to be read, the largest first.
        scout: may be reading its share already.
    """
    unfinished = dict.fromkeys(range(len(tasks)))
    with ExitStack() as stack:
        for index, piece in _read_together(sources, tasks, scout, stack):
            yield index, piece
            if piece.finished:
                del unfinished[index]
    for index in unfinished:
        for piece in _read(sources, tasks[index]):
            yield index, piece


def read_share(sources: Sequence[Source], found: Sequence[Found], tickets: Tickets, send: Send) -> None:
    """Issue tickets for logs of which nothing is known, in their order, and read what they are taken for."""
    tasks = _unknown(found)
    shares = _shares(tasks)
    tickets.issue(len(shares))
    _serve(sources, tasks, shares, tickets, send)


def _read_together(
    sources: Sequence[Source], tasks: Sequence[Task], scout: Scout | None, stack: ExitStack
) -> Iterator[Answer]:
    """Read with as many children as there are processors for, if there is work for them."""
    others = processes() - 1
    shares = _shares(tasks)
    children: list[Child] = []
    if scout is not None and scout.reads is not None and tasks == _unknown(scout.reads):
        tickets = scout.tickets
        children.append(scout.child)
    elif others and sum(each.unread_bytes for each in tasks) >= WORTH_FORKING_BYTES:
        try:
            tickets = stack.enter_context(closing(Tickets()))
        except OSError:
            return
        tickets.issue(len(shares))
    else:
        return
    with suppress(OSError):  # with those that can be had
        while len(children) < others:
            child = Child(
                lambda send: _serve(sources, tasks, shares, tickets, send), [each.pipe for each in children]
            )
            children.append(stack.enter_context(closing(child)))
    while (ticket := tickets.take()) is not None:
        for index in shares[ticket]:
            for piece in _read(sources, tasks[index]):
                yield index, piece
                yield from map(_unpack, arrived(children, wait=False))
    while not all(child.ended for child in children):
        yield from map(_unpack, arrived(children, wait=True))


def _unknown(found: Sequence[Found]) -> list[Task]:
    return [Task(*each, None) for each in found]


def _shares(tasks: Sequence[Task]) -> list[list[int]]:
    """Put tasks together, by index, so that a ticket is worth taking."""
    sizes = [each.log.size + _OPENING_BYTES for each in tasks]
    return batches(sizes, max(_BATCH_BYTES, sum(sizes) // 4096))


def _serve(
    sources: Sequence[Source],
    tasks: Sequence[Task],
    shares: Sequence[Sequence[int]],
    tickets: Tickets,
    send: Send,
) -> None:
    """Take tickets until none is left, read their logs, and send the slices."""
    while (ticket := tickets.take()) is not None:
        for index in shares[ticket]:
            for piece in _read(sources, tasks[index]):
                send(_pack((index, piece)))


def _read(sources: Sequence[Source], task: Task) -> Iterator[Slice]:
    return read(sources[task.source], task.log, task.known)
