"""Read one log from the end of its last reading, or from its start if the file was replaced."""

import os
from collections.abc import Iterator
from io import FileIO
from stat import S_ISREG
from typing import Final, NamedTuple

from xxhash import xxh3_128_digest

from ai_usage.ledger.files import StoredFile
from ai_usage.sources.base import LogFile, Source
from ai_usage.usage.record import UsageRecord, key_hashes

_HEAD_BYTES: Final = 1024
_TAIL_BYTES: Final = 256
# Without O_NONBLOCK, opening a file that has become a FIFO since it was found would wait for a writer.
_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Slice(NamedTuple):
    """The results of one part of one log."""

    records: list[UsageRecord]
    """In order."""
    hashes: list[int]
    """`key_hash` of each record."""
    former: list[UsageRecord]
    """Records that the ledger retracts if it has them."""
    former_copies: list[UsageRecord]
    """Records that the ledger retracts unless its copy is dated earlier."""
    begun: int
    """The offset at which this part begins; 0 if the log was read from its start."""
    offset: int
    """The end of the last complete line that was read, in bytes."""
    finished: bool
    """Whether this is the last part for now."""
    fingerprint: bytes
    state: bytes
    rejected_count: int
    rejected: list[tuple[str, int]]
    problem: str | None
    """Why reading stopped, or that the file was replaced; None without a problem."""


def read(source: Source, log: LogFile, known: StoredFile | None) -> Iterator[Slice]:
    """Read the new lines of a log; an unreadable log gives one slice with the problem."""
    if not log.size:  # empty, or a special file that reports size 0 and may never end
        yield Slice([], [], [], [], 0, 0, True, b"", b"", 0, [], None)
        return
    begun = known.offset if known is not None else 0
    try:
        with FileIO(os.open(log.path, _READ)) as file:
            info = os.fstat(file.fileno())
            if not S_ISREG(info.st_mode):
                raise OSError(None, "not a regular file")
            problem = None
            if info.st_ino != log.inode:  # the file that was found may still exist under another name, unread
                known, problem = None, "another file took its place while logs were looked for"
            offset, state = _resume(source, log, known, file)
            while True:
                begun = offset
                parsed = source.parse(file, log, offset, state)
                offset, state = parsed.offset, parsed.state
                yield Slice(
                    parsed.records,
                    key_hashes(parsed.records),
                    parsed.former,
                    parsed.former_copies,
                    begun,
                    offset,
                    parsed.finished,
                    fingerprint(file, offset, source.mutable_head),
                    state,
                    parsed.rejected_count,
                    [(rejected.reason, rejected.offset) for rejected in parsed.rejected],
                    problem,
                )
                if parsed.finished:
                    return
    except OSError as error:
        yield Slice([], [], [], [], begun, begun, True, b"", b"", 0, [], error.strerror or "unreadable")


def _resume(source: Source, log: LogFile, known: StoredFile | None, file: FileIO) -> tuple[int, bytes]:
    """Return the offset and parser state to continue from; 0 and empty if the file was replaced."""
    if (
        known is None
        or source.whole_file(log.path)
        or known.parser_version != source.parser_version
        or log.size <= known.size
        or fingerprint(file, known.offset, source.mutable_head) != known.fingerprint
    ):
        return 0, b""
    return known.offset, known.state


def fingerprint(file: FileIO, offset: int, mutable_head: int) -> bytes:
    """Digest a file's first bytes and the last ones before an offset, which stay the same if it is only appended to."""
    start = min(mutable_head, offset)
    file.seek(start)
    head = file.read(min(_HEAD_BYTES, offset - start))
    begin = max(offset - _TAIL_BYTES, start)
    file.seek(begin)
    tail = file.read(offset - begin)
    return xxh3_128_digest(head + b"\0" + tail)
