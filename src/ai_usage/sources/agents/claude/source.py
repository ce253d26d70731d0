"""The Claude source: where its transcripts are; what reads them is loaded when there is something new."""

import os
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.roots import find_roots, log_folders
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
        """`CLAUDE_CONFIG_DIR`, else `~/.claude` and the XDG one, and the desktop program's own sessions."""
        config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
        roots = find_roots(env, ["CLAUDE_CONFIG_DIR"], [home / ".claude", config / "claude"], ["projects"])
        if not env.get("CLAUDE_CONFIG_DIR", "").strip():
            roots += [
                Root(folder / "local-agent-mode-sessions", "default")
                for folder in (
                    config / "Claude",
                    home / "Library" / "Application Support" / "Claude",
                    home / "AppData" / "Roaming" / "Claude",
                )
            ]
        return roots

    def entry_roots(self, entry: Path) -> list[Path]:
        """The folder `projects` inside an entry, or the entry."""
        return log_folders(entry, ["projects"])

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.jsonl` below the root; of a desktop session only what lies under a `projects` folder."""
        found = find_logs(root, lambda name: name.endswith(".jsonl"), unreadable)
        if os.path.basename(root) != "local-agent-mode-sessions":
            return found
        return (log for log in found if f"{os.sep}.claude{os.sep}projects{os.sep}" in log.path)

    def whole_file(self, path: str) -> bool:  # noqa: ARG002
        """Never: transcripts are appended to."""
        return False

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read assistant lines; the copies that streaming leaves of one message become one record."""
        from ai_usage.sources.agents.claude.transcript import parse

        return parse(file, log, offset, state)
