"""The folders with sessions inside a folder of Oh My Pi."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ai_usage.sources.base import LogFile, Unreadable
from ai_usage.sources.pi_format.finding import find_sessions
from ai_usage.sources.roots import is_folder
from ai_usage.sources.walk import find_logs

SESSIONS: Final = "sessions"
_AGENT: Final = "agent"
ARCHIVE: Final = os.path.join("archive", "sessions")
"""Where `omp gc --archive` packs old sessions."""
CUSTOM: Final = "custom-session-files"
"""Marker files that name the sessions which `--session` and `--session-dir` put elsewhere."""
SECURITY: Final = "security"
"""Holds a folder per project, with the sessions of security scans in it."""
PACKED: Final = ".jsonl.gz"


def session_folders(entry: Path) -> list[Path]:
    """Return the folders with sessions of an entry: itself, or those inside it.

    An entry is the folder of settings (`~/.omp`), of an agent (`~/.omp/agent`), of data or state by the XDG rules
    (`$XDG_DATA_HOME/omp`, which has no `agent`), or of sessions.
    """
    if entry.name == SESSIONS and not is_folder(entry / SESSIONS):
        return [entry]
    found = list(_inside(entry)) if is_folder(entry) else []
    return found or [entry / SESSIONS]


def _inside(entry: Path) -> Iterator[Path]:
    for folder in (entry, *_children(entry / "profiles")):
        agent = entry if folder.name == entry.name == _AGENT else folder / _AGENT
        if is_folder(agent):
            yield agent / SESSIONS
        places = (
            folder / SESSIONS,
            *(place / name for place in (folder, agent) for name in (ARCHIVE, CUSTOM)),
        )
        scans = (project / SESSIONS for project in _children(folder / SECURITY))
        yield from filter(is_folder, (*places, *scans))


def _children(folder: Path) -> list[Path]:
    """The entries of a folder, in order; empty for a missing or unreadable one."""
    try:
        return [folder / name for name in sorted(os.listdir(folder))]
    except OSError:
        return []


def find_custom(registry: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
    """Yield the sessions that a folder of marker files names, and those of their sub-agents."""
    from ai_usage.sources.side_file import read_side_line  # few have such sessions

    for marker in find_logs(registry, lambda _name: True, unreadable):
        path = read_side_line(marker.path) or ""
        if os.path.isfile(path):
            yield from find_logs(path, lambda _name: True, unreadable)
            children = path.removesuffix(".jsonl")
            if children != path:
                yield from find_sessions(children, unreadable)
