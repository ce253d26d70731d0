"""Cache of the last status lines, valid while their inputs are unchanged: a status bar asks every second."""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ai_usage import __version__
from ai_usage.config.paths import Paths
from ai_usage.plain_file import read_plain

_LONGEST_S: Final = 3600
"""A line is valid for at most this long, so that a warning is repeated once an hour."""
_MOST_LINES: Final = 32
_LOCAL_TIME: Final = Path("/etc/localtime")


class StatusMemory:
    """Caches lines by their inputs: the state of every file that is read, the time zone and the session."""

    def __init__(self, paths: Paths, env: Mapping[str, str], now_s: float | None = None) -> None:
        self._file = paths.cache / "statusline.json"
        self._now_s = time.time() if now_s is None else now_s
        self._made_from = _made_from(paths, env)
        self._lines: dict[str, list[Any]] = self._load()

    def recall(self, session_id: str | None, model: str | None) -> str | None:
        """Return the cached line for a session, None when none is valid."""
        match self._lines.get(_name(session_id, model)):
            case [float(made_s), float(until_s), str(line)] if made_s <= self._now_s < until_s:
                return line
            case _:
                return None

    def keep(self, session_id: str | None, model: str | None, line: str, until_s: float) -> None:
        """Store a line.

        Args:
            session_id: the session of the line.
            model: the model in the line.
            line: the text.
            until_s: when its day ends, in seconds since 1970.
        """
        self._lines[_name(session_id, model)] = [
            float(self._now_s), float(min(until_s, self._now_s + _LONGEST_S)), line,
        ]  # fmt: skip
        while len(self._lines) > _MOST_LINES:
            del self._lines[next(iter(self._lines))]
        unfinished = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):  # the cache only saves time
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished.touch(mode=0o600)
            unfinished.write_text(json.dumps({"made_from": self._made_from, "lines": self._lines}))
            unfinished.replace(self._file)

    def _load(self) -> dict[str, list[Any]]:
        try:
            match json.loads(read_plain(self._file)):
                case {"made_from": made_from, "lines": dict(lines)} if made_from == self._made_from:
                    return lines
        except (OSError, ValueError, RecursionError):
            pass
        return {}


def _made_from(paths: Paths, env: Mapping[str, str]) -> list[str]:
    """Describe the state of every input of a line."""
    ledger = str(paths.ledger)
    files = [
        ledger, f"{ledger}-wal", str(paths.settings), str(paths.models), str(paths.price_overlay),
        str(paths.secrets), str(paths.sync_state), str(_LOCAL_TIME),
    ]  # fmt: skip
    with contextlib.suppress(OSError):
        files += sorted(entry.path for entry in os.scandir(paths.remote))
    return [__version__, env.get("TZ", ""), *map(_state, files)]


def _state(path: str) -> str:
    try:
        info = Path(path).stat()
    except OSError:
        return f"{path} is empty"
    if not info.st_size:
        return f"{path} is empty"  # readers leave SQLite's log empty, but change its times
    return f"{path} {info.st_size} {info.st_mtime_ns} {info.st_ctime_ns}"


def _name(session_id: str | None, model: str | None) -> str:
    return f"{session_id or ''}\n{model or ''}"
