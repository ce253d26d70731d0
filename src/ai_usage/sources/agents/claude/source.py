"""The Claude source: the places of its transcripts; the parser is loaded only when there are new lines."""

import os
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ai_usage.sources.agents.claude.places import DESKTOP, claude_folders, claude_roots
from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.walk import find_logs

if TYPE_CHECKING:
    from ai_usage.sources.parsed import Parsed


class Claude:
    """Reads Claude Code's transcripts."""

    name: ClassVar[str] = "claude"
    label: ClassVar[str] = "Claude Code"
    parser_version: ClassVar[int] = 3
    mutable_head: ClassVar[int] = 0

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """`CLAUDE_CONFIG_DIR`, else `~/.claude` and the XDG one, Xcode's, and the desktop program's own sessions."""
        return claude_roots(env, home)

    def entry_roots(self, entry: Path) -> list[Path]:
        """The folders with transcripts inside an entry, or the entry."""
        return claude_folders(entry)

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.jsonl` below the root; of a desktop session only what lies under a `projects` folder."""
        found = find_logs(root, lambda name: name.endswith(".jsonl"), unreadable)
        if os.path.basename(root) != DESKTOP:
            return found
        return (log for log in found if f"{os.sep}.claude{os.sep}projects{os.sep}" in log.path)

    def whole_file(self, path: str) -> bool:  # noqa: ARG002
        """Never: transcripts are appended to."""
        return False

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read assistant lines; the copies that streaming leaves of one message become one record."""
        from ai_usage.sources.agents.claude.transcript import parse

        return parse(file, log, offset, state)
