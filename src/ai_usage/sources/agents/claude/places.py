"""The folders in which Claude Code, the desktop program and Xcode keep transcripts (docs/sources/claude.md)."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from ai_usage.sources.base import Root
from ai_usage.sources.roots import find_roots, is_folder, log_folders

VARIABLE: Final = "CLAUDE_CONFIG_DIR"
DESKTOP: Final = "local-agent-mode-sessions"
"""The folder in which the desktop program keeps a home with a `.claude` for each session."""
_INNER: Final = ("projects", "transcripts", DESKTOP)
_XCODE: Final = Path("Library", "Developer", "Xcode", "CodingAssistant", "ClaudeAgentConfig")
_PROGRAM: Final = "Claude"
_OTHER_PROGRAMS: Final = ("Claude-3p", "Claude Nest", "Claude Nest-3p")
"""The desktop program's folders for another provider (`-3p`) or another edition."""
_PACKAGES: Final = ("Claude_", "AnthropicPBC.Claude_")
"""The beginnings of the desktop program's package names; Windows stores a packaged program's files there."""


def claude_roots(env: Mapping[str, str], home: Path) -> list[Root]:
    """Return the usual folders with transcripts, and the unusual ones that exist."""
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    usual = [home / ".claude", config / "claude"]
    if is_folder(home / _XCODE):
        usual.append(home / _XCODE)
    roots = [root for root in find_roots(env, [VARIABLE], usual, _INNER) if _is_worth_naming(root.path)]
    if not env.get(VARIABLE, "").strip():
        roots += [Root(folder / DESKTOP, "default") for folder in _desktop_folders(env, home, config)]
    return roots


def claude_folders(entry: Path) -> list[Path]:
    """Return the folders with transcripts inside an entry, or the entry itself."""
    folders = log_folders(entry, _INNER)
    return folders if len(folders) == 1 else [folder for folder in folders if _is_worth_naming(folder)]


def _is_worth_naming(folder: Path) -> bool:
    return folder.name == _INNER[0] or is_folder(folder)


def _desktop_folders(env: Mapping[str, str], home: Path, config: Path) -> Iterator[Path]:
    """Yield the folders of the desktop program on each system."""
    roaming = Path(env.get("APPDATA") or home / "AppData" / "Roaming")
    local = Path(env.get("LOCALAPPDATA") or home / "AppData" / "Local")
    usual = [config, home / "Library" / "Application Support", roaming]
    for above in usual:
        yield above / _PROGRAM
    for above in (*usual, local):
        yield from _there(above, _OTHER_PROGRAMS)
    for package in _packages(local / "Packages"):
        for above in (package / "LocalCache" / "Roaming", package / "LocalCache" / "Local"):
            yield from _there(above, (_PROGRAM, *_OTHER_PROGRAMS))


def _there(above: Path, names: Sequence[str]) -> Iterator[Path]:
    return filter(is_folder, (above / name for name in names))


def _packages(folder: Path) -> Sequence[Path]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ()
    return [folder / name for name in names if name.startswith(_PACKAGES)]
