"""The source of Oh My Pi: the places of its sessions; the parser is loaded only when there are new lines."""

import os
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ai_usage.sources.agents.omp.places import CUSTOM, PACKED, find_custom, session_folders
from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.pi_format.finding import TITLE_SLOT_BYTES, find_sessions
from ai_usage.sources.pi_format.places import omp_folders
from ai_usage.sources.roots import unique

if TYPE_CHECKING:
    from ai_usage.sources.parsed import Parsed


class Omp:
    """Reads Oh My Pi's sessions, those of its sub-agents and advisers too."""

    name: ClassVar[str] = "omp"
    label: ClassVar[str] = "Oh My Pi"
    parser_version: ClassVar[int] = 4
    mutable_head: ClassVar[int] = TITLE_SLOT_BYTES

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """`OMP_CODING_AGENT_DIR`, else `OMP_CONFIG_DIR`, else the default folders; profiles and archives in each."""
        folders = omp_folders(env, home)
        return unique(Root(each, origin) for entry, origin in folders for each in session_folders(entry))

    def entry_roots(self, entry: Path) -> list[Path]:
        """The folders with sessions inside an entry, or the entry."""
        return session_folders(entry)

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.jsonl`, packed or not, at any depth, except sessions that other programs converted."""
        if os.path.basename(root) == CUSTOM:
            return find_custom(root, unreadable)
        return find_sessions(root, unreadable, (PACKED,))

    def whole_file(self, path: str) -> bool:
        """Sessions are appended to, except the title; `omp gc` writes a packed one once."""
        return path.endswith(PACKED)

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read answers and side requests; every branch of the tree was billed."""
        from ai_usage.sources.pi_format.omp import OmpSession
        from ai_usage.sources.pi_format.reading import read_packed, read_session

        if log.path.endswith(PACKED):
            return read_packed(OmpSession, file, log)
        return read_session(OmpSession, file, log, offset, state)
