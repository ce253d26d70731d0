"""The installed program in a real terminal: tmux, which draws what it is sent, or a bare pseudo-terminal."""

import fcntl
import os
import pty
import select
import shlex
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.e2e.homes import PROGRAM, Home

PATIENCE_S = 30.0
SCREEN = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


class Tmux:
    """A shell in a terminal of its own, as a person has it."""

    def __init__(self, home: Home, width: int = 100, height: int = 30) -> None:
        self._socket = str(home.path / "tmux")
        self._env = home.env | SCREEN
        self._size = str(width), str(height)
        self._start = home.write("bashrc", "PS1='shell> '\n")

    def __enter__(self) -> Self:
        width, height = self._size
        self._tmux(
            "-f",
            os.devnull,
            "new-session",
            "-d",
            "-s",
            "t",
            "-x",
            width,
            "-y",
            height,
            f"bash --noprofile --rcfile {self._start} -i",
        )
        self._tmux("set", "-g", "escape-time", "0")
        self.until("shell>")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tmux("kill-server")

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *words], env=self._env, capture_output=True, text=True, check=True, timeout=30
        )  # fmt: skip
        return done.stdout

    def run(self, line: str) -> None:
        """Type a line into the shell."""
        self.type(line)
        self.press("Enter")

    def type(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-t", "t", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._tmux("send-keys", "-t", "t", *keys)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-t", "t", "-x", str(width), "-y", str(height))

    def screen(self) -> str:
        """What the terminal shows."""
        return self._tmux("capture-pane", "-t", "t", "-p")

    def until(self, *wanted: str, never: str = "\0") -> str:
        """Wait until the screen shows all of these words, and return it."""
        shown = ""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            shown = self.screen()
            if all(words in shown for words in wanted) and never not in shown:
                return shown
            time.sleep(0.05)
        raise AssertionError(f"waited for {wanted}, saw:\n{shown}")


def monitor_line(*words: str) -> str:
    """The line that opens the monitor."""
    return shlex.join([str(PROGRAM), "--offline", *words])


class Terminal:
    """A pseudo-terminal whose modes and bytes a test looks at."""

    def __init__(self, home: Home, command: list[str] | None = None, **env: str) -> None:
        self._leader, self._follower = pty.openpty()
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.modes_before = self.modes()
        self.written = b""
        self.process = subprocess.Popen(
            command or [str(PROGRAM), "--offline"], env=home.env | SCREEN | env, cwd=Path(__file__).parents[2],
            stdin=self._follower, stdout=self._follower, stderr=self._follower, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._follower)
        os.close(self._leader)

    def modes(self) -> list[Any]:
        """The terminal's modes, as `stty` shows them."""
        return termios.tcgetattr(self._follower)

    def type(self, text: bytes) -> None:
        """Type something."""
        os.write(self._leader, text)

    def until(self, wanted: bytes) -> None:
        """Read until something was written."""
        self.read_until(lambda: wanted in self.written)

    def until_it_ends(self) -> int:
        """Read until the process ends; return its exit code, negative for a signal."""
        self.read_until(lambda: self.process.poll() is not None)
        return self.process.wait()

    def read_until(self, done: Callable[[], bool]) -> None:
        """Read until something holds and nothing more comes."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            ready, _, _ = select.select([self._leader], [], [], 0.05)
            if ready:
                self.written += os.read(self._leader, 1 << 16)
            elif done():
                return
        raise AssertionError(self.written[-2000:])
