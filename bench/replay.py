"""Writing finished logs once more, bit by bit, as agents write them: several at a time, and not always whole lines."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

AT_ONCE = 6
"""How many logs grow at a time."""


@dataclass
class _Growing:
    """One log that is written again."""

    path: Path
    content: bytes
    start: float
    """When it begins, as a part of the whole time."""
    end: float
    written: int = 0

    def grow(self, now: float) -> None:
        """Append what is due."""
        due = min(max((now - self.start) / (self.end - self.start), 0.0), 1.0)
        size = int(len(self.content) * due)
        if size > self.written:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(self.content[self.written : size])
            self.written = size


class Replay:
    """The logs of one home, written into another one over some time."""

    def __init__(self, source: Path, target: Path, seconds: float) -> None:
        """Read all logs of a home that are only ever appended to.

        Args:
            source: the home.
            target: an empty one; it is made.
            seconds: how long writing takes.
        """
        shutil.rmtree(target.parent, ignore_errors=True)
        target.mkdir(parents=True)
        paths = sorted(
            (path for path in source.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime
        )
        between = 1 / (len(paths) + AT_ONCE - 1)
        self._seconds = seconds
        self._logs = [
            _Growing(
                target / path.relative_to(source),
                path.read_bytes(),
                place * between,
                (place + AT_ONCE) * between,
            )
            for place, path in enumerate(paths)
        ]

    def steps(self) -> Iterator[float]:
        """Write what is due, step by step; yield the part of the time that is over, until all is written."""
        began = time.perf_counter()
        now = 0.0
        while now < 1:
            now = min((time.perf_counter() - began) / self._seconds, 1.0)
            for log in self._logs:
                log.grow(now)
            yield now
