"""The Codex source: the places of its rollouts; the parser is loaded only when there are new lines."""

from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ai_usage.sources.agents.codex.places import FOLDERS, PACKED
from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.roots import find_roots, log_folders
from ai_usage.sources.walk import find_logs

if TYPE_CHECKING:
    from ai_usage.sources.parsed import Parsed


class Codex:
    """Reads Codex CLI's rollouts, and what `codex exec --json` printed into a file beside them."""

    name: ClassVar[str] = "codex"
    label: ClassVar[str] = "Codex CLI"
    parser_version: ClassVar[int] = 3
    mutable_head: ClassVar[int] = 0

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """The two folders with rollouts in `CODEX_HOME`, or in `~/.codex`."""
        return find_roots(env, ["CODEX_HOME", "CODEX_CONFIG_DIR"], [home / ".codex"], FOLDERS)

    def entry_roots(self, entry: Path) -> list[Path]:
        """The two folders inside an entry, or the entry when it is one of them."""
        return log_folders(entry, FOLDERS)

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.jsonl` below the root, packed or not."""
        return find_logs(root, lambda name: name.endswith((".jsonl", PACKED)), unreadable)

    def whole_file(self, path: str) -> bool:
        """Rollouts are appended to; what Codex packed after some days is written once."""
        return path.endswith(PACKED)

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read the requests that moved a counter, each once."""
        from ai_usage.sources.agents.codex.rollout import parse

        return parse(file, log, offset, state)
