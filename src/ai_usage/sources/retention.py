"""How long agents keep their logs before they delete them, as their settings say.

Claude Code: `cleanupPeriodDays` in `settings.json`, 30 when it is not set (documentation of its settings, seen in
2026); a value of 0 keeps no transcripts at all. Gemini CLI: `general.sessionRetention` in `settings.json`, off
unless enabled, `maxAge` like `30d`. The others keep their logs until the person deletes them.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from ai_usage.plain_file import read_plain

CLAUDE_DEFAULT_DAYS: Final = 30
_HOURS: Final = {"h": 1, "d": 24, "w": 168, "m": 720}
_AGE: Final = re.compile(r"(\d{1,6})([hdwm])\Z", re.ASCII)


class Retention(NamedTuple):
    """After how long an agent deletes its logs, and where that is set."""

    days: float
    setting: str
    """The key to change."""
    file: Path
    """Where the key stands, or would stand."""


def find_retention(vendor: str, root: Path) -> Retention | None:
    """Return how long an agent keeps the logs under a root; None when it does not delete them.

    Args:
        vendor: the agent.
        root: the folder with its logs, which stands in the one with its settings.
    """
    reader = _READERS.get(vendor)
    if reader is None:
        return None
    file = root.parent / "settings.json"
    try:
        settings = json.loads(read_plain(file))
    except (OSError, ValueError, RecursionError):
        settings = {}
    return reader(settings if isinstance(settings, dict) else {}, file)


def _claude(settings: Mapping[str, Any], file: Path) -> Retention:
    days = settings.get("cleanupPeriodDays")
    if isinstance(days, bool) or not isinstance(days, int | float) or days < 0:
        days = CLAUDE_DEFAULT_DAYS
    return Retention(float(days), "cleanupPeriodDays", file)


def _gemini(settings: Mapping[str, Any], file: Path) -> Retention | None:
    general = settings.get("general")
    retention = general.get("sessionRetention") if isinstance(general, dict) else None
    if not isinstance(retention, dict) or retention.get("enabled") is not True:
        return None
    match = _AGE.match(str(retention.get("maxAge", "")))
    if match is None:
        return None
    return Retention(int(match[1]) * _HOURS[match[2]] / 24, "general.sessionRetention.maxAge", file)


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Path], Retention | None]]] = {
    "claude": _claude,
    "gemini": _gemini,
}
