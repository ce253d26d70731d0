"""The lines of a log as typed values; a damaged line gets a second look."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Generic, TypeVar

import msgspec

from ai_usage.sources.jsonl import Batch, Limits, Lines, Needles, Readable
from ai_usage.sources.parsed import Parsed
from ai_usage.sources.repair import UNDECODABLE, repair

T = TypeVar("T")


class EntryType(Generic[T]):
    """What is read of each line of a kind of log that contains a needle.

    Args:
        kind: a `msgspec` struct with the fields that are needed.
        needles: names of keys; only lines with one of them are looked at.
        forgiving: read instead of `kind` when a line does not fit it.
    """

    def __init__(self, kind: type[T], needles: Needles, forgiving: type[T] | None = None) -> None:
        self.needles = needles
        self.forgiving = forgiving or kind
        self.decode = msgspec.json.Decoder(kind).decode


class Entries(Generic[T]):
    """The entries of one log, from `parsed.offset` on, in order; what cannot be read is counted in `parsed`.

    While the last one is given and its line has no end yet, `unterminated` is set: it must not change the parser's
    state, for it is read again next time.
    """

    def __init__(
        self,
        file: Readable,
        kind: EntryType[T],
        parsed: Parsed,
        limits: Limits = Limits(),  # noqa: B008
    ) -> None:
        self.unterminated = False
        """Whether the present entry's line may be half-written."""
        self.offset = parsed.offset
        """Where the line of a damaged entry begins, in bytes."""
        self._kind = kind
        self._parsed = parsed
        self._lines = Lines(file, kind.needles, parsed, limits)

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._batches())

    def _batches(self) -> Iterator[Iterable[T]]:
        decode = self._kind.decode
        for batch in self._lines:
            self.unterminated = self._lines.unterminated
            entries: Iterable[T]
            try:
                # Not `decode_lines`: an entry may go on over a line's end there.
                entries = [decode(line) for line in batch.lines()]
            except UNDECODABLE:
                entries = self._mended(batch)
            yield entries

    def _mended(self, batch: Batch) -> Iterator[T]:
        kind = self._kind
        for line, self.offset in batch.placed():
            try:
                yield kind.decode(line)
            except UNDECODABLE:
                yield from repair(
                    line,
                    self.offset,
                    kind.forgiving,
                    kind.needles,
                    self._parsed,
                    unterminated=self.unterminated,
                )
