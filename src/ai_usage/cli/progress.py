"""Progress of work that takes longer than half a second, on stderr, when that is a terminal."""

import time
from types import TracebackType
from typing import Final, Self, TextIO

from ai_usage.cli.door import complain
from ai_usage.render import figures

PATIENCE_S: Final = 0.5
_INTERVAL_S: Final = 0.1


class Progress:
    """A line that is overwritten while work goes on, and erased at its end."""

    def __init__(self, what: str, out: TextIO, patience_s: float = PATIENCE_S) -> None:
        """Begin to wait.

        Args:
            what: the name of the work, such as `reading logs`.
            out: a terminal; anything else is never written to.
            patience_s: how long the work may take before the line appears.
        """
        self._what = what
        self._out = out
        self._next = time.monotonic() + patience_s if out.isatty() else float("inf")
        self._shown = False

    def __call__(self, done_bytes: int, total_bytes: int) -> None:
        """Show how far the work is."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _INTERVAL_S
            self._shown = True
            percent = 100 * done_bytes // max(total_bytes, 1)
            amount = f"{figures.size(done_bytes)} of {figures.size(total_bytes)}"
            self._out.write(f"\r\x1b[K{self._what}  {percent:3}%  {amount}")
            self._out.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._out.write("\r\x1b[K")
            self._out.flush()


class Steps:
    """The same for work in several steps, each with a name and a count."""

    def __init__(self, out: TextIO) -> None:
        """Begin to wait.

        Args:
            out: a terminal; anything else is never written to.
        """
        self._out = out
        self._next = time.monotonic() + PATIENCE_S if out.isatty() else float("inf")
        self._shown = False

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far a step is; a total of 0 means that the total is not known."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _INTERVAL_S
            self._shown = True
            amount = f"{100 * done // total:3}%  {done:,} of {total:,}" if total else f"{done:,}"
            self._out.write(f"\r\x1b[K{what}  {amount}")
            self._out.flush()

    def tell(self, sentence: str) -> None:
        """Write a message to stderr at once, on a separate line."""
        self._clear()
        complain(sentence)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def _clear(self) -> None:
        if self._shown:
            self._out.write("\r\x1b[K")
            self._out.flush()
