"""The source of Oh My Pi: where its sessions are; what reads them is loaded when there is something new."""

from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.pi_format.finding import find_sessions
from ai_usage.sources.roots import find_roots, is_folder, log_folders

if TYPE_CHECKING:
    from ai_usage.sources.parsed import Parsed

TITLE_SLOT_BYTES: Final = 256
"""The first line of a session is a slot of this size for the title, rewritten in place."""


class Omp:
    """Reads Oh My Pi's sessions, those of its sub-agents and advisers too."""

    name: ClassVar[str] = "omp"
    label: ClassVar[str] = "Oh My Pi"
    parser_version: ClassVar[int] = 2
    mutable_head: ClassVar[int] = TITLE_SLOT_BYTES

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """`OMP_CODING_AGENT_DIR`, else `~/.omp/agent` and the profiles beside it."""
        profiles = sorted((home / ".omp" / "profiles").glob("*/agent"))
        return find_roots(
            env,
            ["OMP_CODING_AGENT_DIR", "OMP_CONFIG_DIR"],
            [home / ".omp" / "agent", *profiles],
            ["sessions"],
        )

    def entry_roots(self, entry: Path) -> list[Path]:
        """The folder `sessions` inside an entry or its folder `agent`, or the entry."""
        inside = entry / "agent"
        return log_folders(inside if is_folder(inside) else entry, ["sessions"])

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.jsonl`, at any depth, but for sessions that other programs converted."""
        return find_sessions(root, unreadable)

    def whole_file(self, path: str) -> bool:  # noqa: ARG002
        """Never: sessions are appended to, but for the title."""
        return False

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read answers and side requests; every branch of the tree was billed."""
        from ai_usage.sources.agents.omp.session import OmpSession
        from ai_usage.sources.pi_format.session import read_session

        return read_session(OmpSession, file, log, offset, state)
