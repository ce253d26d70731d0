"""The Gemini source: the places of its chats; the parser is loaded only when there are new lines."""

import os
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.roots import is_folder, listed, unique
from ai_usage.sources.walk import find_folders, find_logs

if TYPE_CHECKING:
    from ai_usage.sources.parsed import Parsed


class Gemini:
    """Reads Gemini CLI's chats, those of its sub-agents too."""

    name: ClassVar[str] = "gemini"
    label: ClassVar[str] = "Gemini CLI"
    parser_version: ClassVar[int] = 4
    mutable_head: ClassVar[int] = 0

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """`GEMINI_CLI_HOME` stands for the home folder, `GEMINI_CONFIG_DIR` for `.gemini` in it."""
        for variable in ("GEMINI_CLI_HOME", "GEMINI_CONFIG_DIR"):
            if value := env.get(variable, "").strip():
                homes = variable == "GEMINI_CLI_HOME"
                return unique(Root(_folder(entry, homes=homes), variable) for entry in listed(value))
        return [Root(home / ".gemini" / "tmp", "default")]

    def entry_roots(self, entry: Path) -> list[Path]:
        """The folder `tmp` of an entry that is `.gemini`, the folder above it, or `tmp` itself."""
        return [_folder(entry, homes=False)]

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.json` and `.jsonl` in the folder `chats` of each project."""
        for project in find_folders(root, unreadable):
            yield from find_logs(
                os.path.join(project, "chats"), lambda name: name.endswith((".jsonl", ".json")), unreadable
            )

    def whole_file(self, path: str) -> bool:
        """Whether this is a chat of the older kind, one document."""
        return path.endswith(".json")

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read messages with token counts; a message written again is the same request."""
        from ai_usage.sources.agents.gemini.chat import parse

        return parse(file, log, offset, state)


def _folder(entry: Path, *, homes: bool) -> Path:
    """The folder with the projects' folders that an entry stands for.

    Args:
        entry: a home folder, its `.gemini`, or the `tmp` in that.
        homes: whether any other folder is a home folder rather than another name for `.gemini`.
    """
    if entry.name == "tmp" and entry.parent.name == ".gemini":
        return entry
    if is_folder(entry / ".gemini") or (homes and entry.name != ".gemini"):
        return entry / ".gemini" / "tmp"
    return entry if entry.name == "tmp" else entry / "tmp"
