"""Whole lines of a JSON Lines log from an offset on: one byte search finds the few that matter."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, Protocol

from ai_usage.sources.long_line import Skeleton
from ai_usage.sources.parsed import Parsed

try:
    from ahocorasick_rs import BytesAhoCorasick
except ImportError:  # no wheel for this platform
    BytesAhoCorasick = None  # type: ignore[assignment,misc]

CHUNK_BYTES: Final = 1 << 20
MAX_LINE_BYTES: Final = 16 << 20
"""A longer line is never held whole: its long strings, which hold no usage, are emptied while it streams by."""
SLICE_BYTES: Final = 8 << 20
"""One reading ends at the line that reaches this, so that memory does not grow with a file."""
_BLANK: Final = b"\xef\xbb\xbf\0 \t\r\n"
_BEGINNING_BYTES: Final = 4096
_OBJECT: Final = ord("{")
_LINE_END: Final = ord("\n")

_buffer = bytearray(CHUNK_BYTES)


class Limits(NamedTuple):
    """How much of a log is held at once, in bytes."""

    chunk: int = CHUNK_BYTES
    line: int = MAX_LINE_BYTES
    """A multiple of `chunk` by a power of two."""
    slice: int = SLICE_BYTES


_LIMITS: Final = Limits()


class Readable(Protocol):
    """An open log, either a plain file or a file that is unpacked while it is read."""

    def seek(self, offset: int, /) -> int:
        """Go to an offset."""
        ...

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""
        ...

    def readinto(self, buffer: memoryview, /) -> int:
        """Read into a buffer; returns how many bytes, 0 at the end."""
        ...


class Needles:
    """Byte strings of which at least one must stand in a line for it to be looked at.

    Give names of JSON keys with their quotes (`b'"usage"'`), so that any spacing around colons passes.
    """

    def __init__(self, *needles: bytes) -> None:
        self.longest = max(map(len, needles))
        self._needles = needles
        self._automaton = None if BytesAhoCorasick is None else BytesAhoCorasick(needles)
        self.find: Callable[[bytearray, int], list[int]] = (
            self._find_one_by_one if self._automaton is None else self._find_at_once
        )

    def stand_in(self, text: str) -> bool:
        """Tell whether one of them stands in a text."""
        return any(needle.decode() in text for needle in self._needles)

    def _find_at_once(self, text: bytearray, end: int) -> list[int]:
        assert self._automaton is not None
        part = memoryview(text)[:end]
        return [start for _, start, _ in self._automaton.find_matches_as_indexes(part)]

    def _find_one_by_one(self, text: bytearray, end: int) -> list[int]:
        starts = []
        for needle in self._needles:
            at = text.find(needle, 0, end)
            while at >= 0:
                starts.append(at)
                at = text.find(needle, at + 1, end)
        return sorted(starts)


class Batch(NamedTuple):
    """Lines that were found together, in order; valid until the next batch is asked for."""

    text: bytearray
    end: int
    """How much of `text` is theirs; the last line may lack its end."""
    starts: list[int]
    """Where in `text` each needle starts."""
    base: int
    """Where in the log `text` begins, in bytes."""

    def lines(self) -> list[memoryview]:
        """Return each line in which a needle starts, once."""
        text, end, starts, _ = self
        lines: list[memoryview] = []
        view = memoryview(text)
        done = -1
        for start in starts:
            if start > done:
                begin = text.rfind(_LINE_END, 0, start) + 1
                done = text.find(_LINE_END, start, end)
                if done < 0:
                    done = end
                lines.append(view[begin:done])
        return lines

    def placed(self) -> Iterator[tuple[memoryview, int]]:
        """Yield each of the lines, and where in the log it begins: only damage has to be placed."""
        starts = iter(self.starts)
        done = -1
        for line in self.lines():
            start = next(start for start in starts if start > done)
            begin = self.text.rfind(_LINE_END, 0, start) + 1
            done = begin + len(line)
            yield line, self.base + begin


class Lines:
    """The lines of one log that contain a needle, from `parsed.offset` on, in batches.

    `parsed.offset` moves to the end of the last whole line, `parsed.finished` tells whether the file's end was
    reached. A last line without a line end is yielded too, while `unterminated` is set: it may be half-written, is
    not to be rejected, must not change the parser's state, and is read again next time.

    A file that does not begin as JSON Lines do is counted as rejected; its lines are looked at all the same.
    """

    def __init__(self, file: Readable, needles: Needles, parsed: Parsed, limits: Limits = _LIMITS) -> None:
        self.unterminated = False
        self._file = file
        self._needles = needles
        self._parsed = parsed
        self._limits = limits
        self._buffer = _buffer if limits.chunk == CHUNK_BYTES else bytearray(limits.chunk)

    def __iter__(self) -> Iterator[Batch]:
        file, parsed, find = self._file, self._parsed, self._needles.find
        chunk_bytes, line_bytes, slice_bytes = self._limits
        text = self._buffer
        base = parsed.offset  # the file's offset of text[0]
        stop = base + slice_bytes
        filled = 0
        parsed.finished = False
        file.seek(base)
        while base < stop:
            if filled >= line_bytes:
                yield from self._long_line(base)
                text, filled = self._buffer, 0
                if parsed.finished:
                    return
                base = parsed.offset
                file.seek(base)
                continue
            if filled == len(text):
                text = text[:filled] + bytearray(filled)
            view = memoryview(text)
            got = file.readinto(view[filled:] if filled else view)
            if base == filled == 0 and text[0] != _OBJECT:
                self._check_beginning(text[: min(got, _BEGINNING_BYTES)])
            if not got:
                parsed.finished = True
                if filled:
                    self.unterminated = True
                    yield Batch(text, filled, find(text, filled), base)
                return
            end = text.rfind(_LINE_END, filled, filled + got) + 1
            filled += got
            if not end:
                continue
            yield Batch(text, end, find(text, end), base)
            base += end
            parsed.offset = base
            filled -= end
            if not filled:
                text = self._buffer
            elif filled < chunk_bytes < len(text):
                text, rest = self._buffer, text[end : end + filled]
                text[:filled] = rest
            else:
                text[:filled] = text[end : end + filled]

    def _check_beginning(self, text: bytearray) -> None:
        """Reject a file whose first line is not a JSON object, unless that line contains a needle."""
        first = text.lstrip(_BLANK).partition(b"\n")[0]
        if first and not first.startswith(b"{") and not self._needles.find(first, len(first)):
            self._parsed.reject("not JSON Lines", 0)

    def _long_line(self, begin: int) -> Iterator[Batch]:
        """Read a line of any length twice: look for a needle, then empty its long strings and yield the rest."""
        parsed = self._parsed
        end, ended, found = self._measure(begin)
        parsed.finished = self.unterminated = not ended
        if ended:
            parsed.offset = end
        if not found:
            return
        skeleton = Skeleton(self._limits.line)
        at = begin
        self._file.seek(begin)
        end -= ended
        while at < end and (chunk := self._file.read(min(self._limits.chunk, end - at))):
            skeleton.feed(chunk)
            at += len(chunk)
        if skeleton.overflowed:
            if ended:
                parsed.reject("line too long", begin)
            return
        yield Batch(skeleton.kept, len(skeleton.kept), [0], begin)

    def _measure(self, begin: int) -> tuple[int, bool, bool]:
        """Return a line's end, whether a line end stands there, and whether the line contains a needle."""
        at, found, overlap = begin, False, b""
        self._file.seek(begin)
        while chunk := self._file.read(self._limits.chunk):
            stop = chunk.find(b"\n") + 1
            part = bytearray(overlap + (chunk[:stop] if stop else chunk))
            found = found or bool(self._needles.find(part, len(part)))
            if stop:
                return at + stop, True, found
            at += len(chunk)
            overlap = bytes(part[-self._needles.longest :])
        return at, False, found
