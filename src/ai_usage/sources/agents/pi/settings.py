"""The folder with sessions that pi's own settings name."""

from pathlib import Path
from typing import Final

from ai_usage.plain_file import read_plain

_KEY: Final = "sessionDir"


def session_dir(agent: Path, home: Path) -> Path | None:
    """Return the folder; None if the settings name none, or one relative to the folder in which pi starts.

    Args:
        agent: pi's folder, with `settings.json` in it.
        home: what `~` stands for.
    """
    try:
        text = read_plain(agent / "settings.json")
    except OSError:
        return None
    if _KEY.encode() not in text:
        return None
    import json  # few set it

    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        return None
    told = settings.get(_KEY) if isinstance(settings, dict) else None
    if not isinstance(told, str):
        return None
    folder = home / told[2:] if told.startswith("~/") else Path(told)
    return folder if folder.is_absolute() else None
