"""Reading one log from where its last reading ended, or from its start when it is another file now."""

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
# Without O_NONBLOCK, opening what has become a FIFO since it was found would wait for a writer.
_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Slice(NamedTuple):
    """What one stretch of one log gave."""

    records: list[UsageRecord]
    """In order."""
    hashes: list[int]
    """`key_hash` of each record."""
    former: list[UsageRecord]
    """What the ledger is to take back, if it holds it."""
    former_copies: list[UsageRecord]
    """The same, unless the ledger holds one that is dated earlier."""
    begun: int
    """Where the stretch began; 0 when the log was read from its start."""
    offset: int
    """The end of the last whole line that was read, in bytes."""
    finished: bool
    """Whether this is the last stretch for now."""
    fingerprint: bytes
    state: bytes
    rejected_count: int
    rejected: list[tuple[str, int]]
    problem: str | None
    """Why the log could not be read on, or is not the one that was found, if so."""


def read(source: Source, log: LogFile, known: StoredFile | None) -> Iterator[Slice]:
    """Read what is new in a log; a log that cannot be read gives one slice that says why."""
    if not log.size:  # nothing in it, or a file of the system that only looks like one and may never end
        yield Slice([], [], [], [], 0, 0, True, b"", b"", 0, [], None)
        return
    begun = known.offset if known is not None else 0
    try:
        with FileIO(os.open(log.path, _READ)) as file:
            info = os.fstat(file.fileno())
            if not S_ISREG(info.st_mode):
                raise OSError(None, "not a regular file")
            problem = None
            if (
                info.st_ino != log.inode
            ):  # what was found may still be there under another name, and not be read
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
    """Return the offset and parser state to go on with; 0 and nothing when the file is not what it was."""
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
    """Digest the bytes that tell whether a file was only appended to: its first ones and the last before an offset."""
    start = min(mutable_head, offset)
    file.seek(start)
    head = file.read(min(_HEAD_BYTES, offset - start))
    begin = max(offset - _TAIL_BYTES, start)
    file.seek(begin)
    tail = file.read(offset - begin)
    return xxh3_128_digest(head + b"\0" + tail)
