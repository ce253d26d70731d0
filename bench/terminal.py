"""The program in a terminal of its own: keys go in, and what is drawn comes out with the moment at which it came."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from bench.measure import CommandFailed

SCREEN = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
QUIET_S = 0.12
"""When nothing is drawn for so long, the screen is taken for finished."""
_PATIENCE_S = 10.0
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^].*?(?:\x1b\\|\x07)|[ -/]*[0-~])", re.DOTALL)


class Terminal:
    """A pseudo-terminal with one program in it."""

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str], width: int = 120, height: int = 40
    ) -> None:
        self._leader, follower = pty.openpty()
        self._resize(width, height)
        self._taken: list[tuple[float, bytes]] = []
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            words, env={**env, **SCREEN}, stdin=follower, stdout=follower, stderr=follower, start_new_session=True
        )  # fmt: skip
        os.close(follower)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._leader)

    def press(self, keys: bytes) -> float:
        """Press keys; return the moment. What was drawn before is forgotten."""
        self._taken.clear()
        now = time.perf_counter()
        os.write(self._leader, keys)
        return now

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, so that all of it is drawn again."""
        self._taken.clear()
        self._resize(width, height)
        self.process.send_signal(signal.SIGWINCH)

    def until(self, *wanted: str, never: str = "\0") -> float:
        """Wait until all these words were drawn; return the moment.

        Args:
            wanted: what must be drawn.
            never: what must not be drawn again after any of them.
        """
        end = time.perf_counter() + _PATIENCE_S
        while time.perf_counter() < end:
            self._take(0.05)
            text = self.drawn()
            if all(text.rfind(each) > text.rfind(never) for each in wanted):
                return self._taken[-1][0]
        raise CommandFailed(f"waited for {wanted}, saw: {self.drawn()[-2000:]}")

    def until_quiet(self, *, after: str, busy: str) -> float:
        """Wait until something was drawn and nothing follows; return the moment of the last byte.

        Args:
            after: what is drawn when there is nothing more to come,
            busy: what stands there until then.
        """
        end = time.perf_counter() + _PATIENCE_S
        while time.perf_counter() < end:
            if not self._take(QUIET_S) and self._taken:
                text = self.drawn()
                if busy not in text or text.rfind(after) > text.rfind(busy):
                    return self._taken[-1][0]
        raise CommandFailed(f"it did not come to rest: {self.drawn()[-2000:]}")

    def drain(self, seconds: float) -> None:
        """Take what is drawn, as a terminal does, for so long, and forget it."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._take(left)
            self._taken.clear()

    def drawn(self) -> str:
        """Return all text since the last key, without the escapes that place and colour it."""
        return _ESCAPES.sub(b"", b"".join(chunk for _, chunk in self._taken)).decode("utf-8", "replace")

    def leave(self) -> int:
        """Press `q` and return the exit code."""
        self.press(b"q")
        while self.process.poll() is None:
            self._take(0.05)
        return self.process.returncode

    def _resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def _take(self, patience_s: float) -> bool:
        """Read what the terminal has; return whether it had anything."""
        if not select.select([self._leader], [], [], patience_s)[0]:
            return False
        try:
            chunk = os.read(self._leader, 1 << 16)
        except OSError:  # the program ended, and its side is closed
            return False
        self._taken.append((time.perf_counter(), chunk))
        return bool(chunk)
