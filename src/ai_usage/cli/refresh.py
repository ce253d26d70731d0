"""The refresh behind the status line: a detached process reads new log lines, so that no status line waits."""

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Final

from ai_usage.plain_file import read_plain

INTERVAL_S: Final = 5.0
_SHARE: Final = 10
"""Refreshes may take at most one tenth of the time."""


def start_refresh(stamp: Path, *, offline: bool = False) -> bool:
    """Start a refresh unless the last one is recent; return whether one was started.

    Args:
        stamp: a file, last changed when the last refresh began or ended; it holds the seconds that refresh took.
        offline: whether the refresh must not use the network.
    """
    if not is_due(stamp):
        return False
    try:
        stamp.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stamp.touch(mode=0o600)
    except OSError:
        return False  # without a stamp every status line would start one
    _start_detached([*_program(), "ingest", "--if-idle", *(["--offline"] if offline else [])])
    return True


def finish_refresh(stamp: Path, began_s: float) -> None:
    """Write down when a refresh ended and how long it took; a pipe at that path is replaced, not waited for."""
    from ai_usage.files.atomic import write_atomically  # a status line does not need it

    with contextlib.suppress(OSError):
        stamp.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(stamp, f"{time.monotonic() - began_s:.3f}".encode())


def is_due(stamp: Path) -> bool:
    """Tell whether enough time has passed since the last refresh; a longer one needs more."""
    try:
        age_s = time.time() - stamp.stat().st_mtime
        took_s = float(read_plain(stamp) or b"0")
    except (OSError, ValueError):
        return True
    return age_s < 0 or age_s > max(INTERVAL_S, _SHARE * took_s)


def _program() -> list[str]:
    """Return the command that starts this program again."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "ai_usage"]


def _start_detached(words: list[str]) -> None:
    """Start a process that outlives this one and shares no standard stream with it."""
    if sys.platform == "win32":
        import subprocess

        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NO_WINDOW
        subprocess.Popen(words, creationflags=flags, close_fds=True)
    else:
        null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        with contextlib.suppress(OSError):
            os.posix_spawn(words[0], words, os.environ, file_actions=null, setsid=True)
