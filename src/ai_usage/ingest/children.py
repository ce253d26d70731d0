"""Forked processes that work beside this one, and the pipes between them."""

import gc
import os
import select
import signal
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import FileIO
from typing import Final

_MAX_PROCESSES: Final = 4
_LENGTH: Final = struct.Struct("<I")
_TICKET: Final = struct.Struct("<I")
_PIPE_BYTES: Final = 1 << 20
_SET_PIPE_SIZE: Final = 1031  # F_SETPIPE_SZ, which Python names from 3.10 on and only on Linux

Send = Callable[[bytes], None]
"""Sends one message to the parent."""


def processes() -> int:
    """Return how many processes may work at once; 1 if other threads run, since forking is then unsafe."""
    if threading.active_count() > 1 or not hasattr(os, "sched_getaffinity"):
        return 1
    return min(_MAX_PROCESSES, len(os.sched_getaffinity(0)))


class Child:
    """A process that does one task, sends the results, and exits without the parent's clean-up."""

    def __init__(self, work: Callable[[Send], None], not_for_it: Sequence[FileIO] = ()) -> None:
        """Fork.

        Args:
            work: the child's task.
            not_for_it: the parent's pipes, which the child closes so that they do not stay open.

        Raises:
            OSError: there are too many processes or open files already.
        """
        self.ended = False
        """Whether it has sent its last message."""
        self._buffer = bytearray(_PIPE_BYTES)
        self._filled = 0
        self._arrived: list[bytes] = []
        reading, writing = os.pipe()
        self.pipe = FileIO(reading)
        try:
            self.pid = os.fork()
        except OSError:
            self.pipe.close()
            os.close(writing)
            raise
        if self.pid == 0:
            _be_child(work, FileIO(writing, "w"), (self.pipe, *not_for_it))
        os.close(writing)

    def receive(self) -> list[bytes]:
        """Return the complete messages; without any, wait once for more bytes, which may not complete one."""
        if not self._arrived:
            if self._filled == len(self._buffer):  # of one message
                self._buffer += bytes(len(self._buffer))
            with memoryview(self._buffer) as buffer, buffer[self._filled :] as room:
                got = self.pipe.readinto(room)
            self.ended = not got
            self._filled += got
            self._split()
        messages, self._arrived = self._arrived, []
        return messages

    def receive_one(self) -> bytes | None:
        """Wait for one message; None when no more will come."""
        messages: list[bytes] = []
        while not messages and not self.ended:
            messages = self.receive()
        self._arrived = messages[1:]
        return messages[0] if messages else None

    def _split(self) -> None:
        """Take complete messages out of the buffer, and move the rest to its beginning."""
        at, filled = 0, self._filled
        with memoryview(self._buffer) as buffer:
            while filled - at >= _LENGTH.size:
                begin = at + _LENGTH.size
                end = begin + _LENGTH.unpack_from(buffer, at)[0]
                if filled < end:
                    break
                self._arrived.append(bytes(buffer[begin:end]))
                at = end
            self._filled = filled - at
            buffer[: self._filled] = buffer[at:filled]

    def close(self) -> None:
        """Kill the child: its results are sent or can be computed again."""
        self.pipe.close()
        with suppress(
            ProcessLookupError, ChildProcessError
        ):  # the system reaps children itself if SIGCHLD is ignored
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def arrived(children: Sequence[Child], *, wait: bool) -> Iterator[bytes]:
    """Yield messages of all children; without `wait`, only those that have arrived."""
    working = [child for child in children if not child.ended]
    if working:
        poll = select.poll()  # unlike `select.select`, it takes files of any number
        for child in working:
            poll.register(child.pipe, select.POLLIN)
        ready = {file for file, _ in poll.poll(None if wait else 0)}
        for child in working:
            if child.pipe.fileno() in ready:
                yield from child.receive()


class Tickets:
    """Numbers in a pipe, from which processes take turns."""

    def __init__(self) -> None:
        """Begin without any.

        Raises:
            OSError: there are too many open files already.
        """
        reading, writing = os.pipe()
        self._reading, self._writing = FileIO(reading), FileIO(writing, "w")

    def issue(self, count: int) -> None:
        """Write the numbers from 0 on; at most 16,384, which fit into the pipe."""
        self._writing.write(b"".join(map(_TICKET.pack, range(count))))
        self._writing.close()

    def leave_to_others(self) -> None:
        """Leave writing numbers to another process."""
        self._writing.close()

    def take(self) -> int | None:
        """Return the next number, None when all are taken."""
        ticket = self._reading.read(_TICKET.size)
        return _TICKET.unpack(ticket)[0] if ticket else None

    def close(self) -> None:
        """Close the pipe."""
        self._reading.close()
        self._writing.close()


def _be_child(work: Callable[[Send], None], pipe: FileIO, not_for_it: Sequence[FileIO]) -> None:
    status = 1
    try:
        gc.disable()
        for each in not_for_it:
            each.close()
        _widen(pipe)
        work(lambda message: _send(pipe, message))
        status = 0
    except BrokenPipeError:
        pass  # the parent has exited; nothing is lost
    finally:
        os._exit(status)


def _send(pipe: FileIO, message: bytes) -> None:
    """Write a message with its length before it."""
    rest = memoryview(_LENGTH.pack(len(message)) + message)
    while rest:
        rest = rest[pipe.write(rest) :]


def _widen(pipe: FileIO) -> None:
    """Enlarge the pipe's buffer, so that a child seldom waits for the parent."""
    import fcntl

    with suppress(OSError):
        fcntl.fcntl(pipe, _SET_PIPE_SIZE, _PIPE_BYTES)
