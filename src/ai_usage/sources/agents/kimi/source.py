"""Where Kimi's wires are, and which of the two programs wrote one."""

import os
import re
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.roots import find_roots, log_folders, unique
from ai_usage.sources.walk import find_logs

if TYPE_CHECKING:
    from ai_usage.sources.parsed import Parsed

_FOLDERS: Final = ["sessions"]
_DESKTOP: Final = "Library/Application Support/kimi-desktop/daimon-share/daimon/runtime/kimi-code/home"
_CODE_PROJECT: Final = re.compile(r"wd_.*_[0-9a-f]{12}\Z", re.DOTALL)


class Kimi:
    """Reads both generations of Kimi; a migration from one to the other copies no usage."""

    name: ClassVar[str] = "kimi"
    label: ClassVar[str] = "Kimi"
    parser_version: ClassVar[int] = 5
    mutable_head: ClassVar[int] = 0

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """`KIMI_SHARE_DIR` and `KIMI_CODE_HOME` replace the one program's folder each, `KIMI_CONFIG_DIR` both."""
        cli = find_roots(env, ["KIMI_SHARE_DIR", "KIMI_CONFIG_DIR"], [home / ".kimi"], _FOLDERS)
        code = find_roots(
            env, ["KIMI_CODE_HOME", "KIMI_CONFIG_DIR"], [home / ".kimi-code", home / _DESKTOP], _FOLDERS
        )
        return unique([*cli, *code])

    def entry_roots(self, entry: Path) -> list[Path]:
        """The folder `sessions` inside an entry, or the entry."""
        return log_folders(entry, _FOLDERS)

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `wire.jsonl`, the sub-agents' too."""
        return find_logs(root, lambda name: name == "wire.jsonl", unreadable)

    def whole_file(self, path: str) -> bool:  # noqa: ARG002
        """Never: wires are appended to."""
        return False

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read what each request of a session, or of one of its agents, used."""
        if _is_code(log.path):
            from ai_usage.sources.agents.kimi.code import parse_code

            return parse_code(file, log, offset, state)
        from ai_usage.sources.agents.kimi.cli import parse_cli

        return parse_cli(file, log, offset, state)


def _is_code(path: str) -> bool:
    """Whether a wire is Kimi Code's: it keeps agents apart in `agents/` and names projects `wd_<name>_<hash>`."""
    folders = path.split(os.sep)[:-1]
    return folders[-2:-1] == ["agents"] or any(_CODE_PROJECT.match(folder) for folder in folders[-4:])
