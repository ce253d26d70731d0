"""Reading many logs on all processors: forked children read and send what they found, the parent reads and writes."""

import os
import select
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import msgspec

from ai_usage.ingest.changes import Found, batches
from ai_usage.ingest.reading import Slice

WORTH_FORKING_BYTES: Final = 8 << 20
_BATCH_BYTES: Final = 1 << 20
_MAX_PROCESSES: Final = 4
_TICKET: Final = struct.Struct("<I")
_LENGTH: Final = struct.Struct("<I")
_PIPE_BYTES: Final = 1 << 20
_SET_PIPE_SIZE: Final = 1031  # F_SETPIPE_SZ, which Python names from 3.10 on and only on Linux

Read = Callable[[Found], Iterator[Slice]]
Answer = tuple[int, Slice]
"""The index of a log in the list that was asked for, and one of its slices."""

# Half the time that `marshal` takes, and the records arrive as such.
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(Answer).decode


def read_all(found: list[Found], read: Read, unread_bytes: int) -> Iterator[Answer]:
    """Yield the slices of all logs, those of one log in order; with several processes where that is worth it.

    A child that dies leaves logs without a last slice; they keep their place and are read next time.

    Args:
        found: the logs.
        read: reads one of them.
        unread_bytes: about how much there is to read: of a log that grew, only what it grew by.
    """
    processes = min(_MAX_PROCESSES, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    if unread_bytes < WORTH_FORKING_BYTES or processes < 2 or threading.active_count() > 1:
        for index, each in enumerate(found):
            for piece in read(each):
                yield index, piece
        return
    yield from _read_with_children(found, read, processes - 1)


def _read_with_children(found: list[Found], read: Read, children: int) -> Iterator[Answer]:
    index_of = {id(each): index for index, each in enumerate(found)}
    groups = batches(found, max(_BATCH_BYTES, sum(each.log.size for each in found) // 4096))
    queue = _Queue(len(groups))
    pids: list[int] = []
    pipes: list[_Pipe] = []
    for _ in range(children):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            for pipe in pipes:
                pipe.close()
            _serve(queue, groups, index_of, read, writing)
        os.close(writing)
        pids.append(pid)
        pipes.append(_Pipe(reading))
    try:
        while (ticket := queue.take()) is not None:
            for each in groups[ticket]:
                index = index_of[id(each)]
                for piece in read(each):
                    yield index, piece
                    yield from _arrived(pipes, wait=False)
        while any(not pipe.ended for pipe in pipes):
            yield from _arrived(pipes, wait=True)
    finally:
        queue.close()
        for pipe in pipes:
            pipe.close()
        for pid in pids:
            os.waitpid(pid, 0)


def _serve(
    queue: "_Queue", groups: list[list[Found]], index_of: dict[int, int], read: Read, pipe: int
) -> None:
    """Be a child: read batches until none is left, send the slices, and leave without any clean-up of the parent's."""
    status = 1
    try:
        with suppress(OSError):
            _widen(pipe)
        while (ticket := queue.take()) is not None:
            for each in groups[ticket]:
                for piece in read(each):
                    text = _pack((index_of[id(each)], piece))
                    _write(pipe, _LENGTH.pack(len(text)) + text)
        status = 0
    except BrokenPipeError:
        pass  # the parent left; nothing was lost
    finally:
        os._exit(status)


def _write(pipe: int, text: bytes) -> None:
    rest = memoryview(text)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def _widen(pipe: int) -> None:
    """Ask for a wide pipe, so that a child seldom waits for the parent."""
    import fcntl

    fcntl.fcntl(pipe, _SET_PIPE_SIZE, _PIPE_BYTES)


def _arrived(pipes: list["_Pipe"], *, wait: bool) -> Iterator[Answer]:
    """Yield what children have sent."""
    open_pipes = [pipe for pipe in pipes if not pipe.ended]
    if not open_pipes:
        return
    ready, _, _ = select.select([pipe.fd for pipe in open_pipes], [], [], None if wait else 0)
    for pipe in open_pipes:
        if pipe.fd in ready:
            yield from pipe.receive()


class _Queue:
    """Numbers of batches in a pipe, from which parent and children take turns."""

    def __init__(self, length: int) -> None:
        self._reading, writing = os.pipe()
        _write(writing, b"".join(map(_TICKET.pack, range(length))))
        os.close(writing)

    def take(self) -> int | None:
        """Return the next number, None when all are taken."""
        ticket = os.read(self._reading, _TICKET.size)
        return _TICKET.unpack(ticket)[0] if ticket else None

    def close(self) -> None:
        os.close(self._reading)


class _Pipe:
    """What one child sends."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.ended = False
        self._buffer = bytearray()

    def receive(self) -> Iterator[Answer]:
        chunk = os.read(self.fd, _PIPE_BYTES)
        if not chunk:
            self.ended = True
            return
        self._buffer += chunk
        at = 0
        while len(self._buffer) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, at)
            begin = at + _LENGTH.size
            if len(self._buffer) < begin + length:
                break
            with memoryview(self._buffer) as view, view[begin : begin + length] as text:
                answer = _unpack(text)
            yield answer
            at = begin + length
        del self._buffer[:at]

    def close(self) -> None:
        os.close(self.fd)
