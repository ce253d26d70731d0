"""Small files beside the logs: folders by their hash, a session's state, a default model."""

import json
import os
import tomllib
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final

MAX_BYTES: Final = 16 << 20


def read_side_file(path: str) -> dict[str, Any]:
    """Return the content of a JSON or `.toml` file; empty if it cannot be read."""
    return _read(path, identity(path))


def read_side_line(path: str) -> str | None:
    """Return the first line of a text file; None without a file or text."""
    return _read_line(path, identity(path))


def identity(path: str) -> tuple[int, int] | None:
    """Return a value that differs between states of a file; None if it is not a regular file, or too large."""
    try:
        info = os.stat(path)
    except (OSError, ValueError):
        return None
    if not S_ISREG(info.st_mode) or info.st_size > MAX_BYTES:
        return None
    return info.st_mtime_ns, info.st_size


@lru_cache(maxsize=64)
def _read(path: str, identity: tuple[int, int] | None) -> dict[str, Any]:
    if identity is None:
        return {}
    try:
        text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
        told = tomllib.loads(text) if os.path.splitext(path)[1] == ".toml" else json.loads(text)
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


@lru_cache(maxsize=256)
def _read_line(path: str, identity: tuple[int, int] | None) -> str | None:
    if identity is None:
        return None
    try:
        text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return None
    return text.partition("\n")[0].strip() or None
