"""The source of pi: where its sessions are; what reads them is loaded when there is something new."""

from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.pi_format.finding import find_sessions
from ai_usage.sources.roots import find_roots, is_folder, listed, log_folders, unique

if TYPE_CHECKING:
    from ai_usage.sources.parsed import Parsed

_SESSIONS: Final = "PI_CODING_AGENT_SESSION_DIR"
_AGENT: Final = ("PI_CODING_AGENT_DIR", "PI_CONFIG_DIR")


class Pi:
    """Reads pi's sessions."""

    name: ClassVar[str] = "pi"
    label: ClassVar[str] = "pi"
    parser_version: ClassVar[int] = 2
    mutable_head: ClassVar[int] = 0

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """`PI_CODING_AGENT_SESSION_DIR` with sessions in it, else `PI_CODING_AGENT_DIR`, else `~/.pi/agent`.

        Oh My Pi takes the second for its own, too: a folder that is known to be its is left to it.
        """
        if value := env.get(_SESSIONS, "").strip():
            return unique(Root(folder, _SESSIONS) for folder in listed(value))
        roots = find_roots(env, _AGENT, [home / ".pi" / "agent"], ["sessions"])
        others = [home / ".omp", *listed(env.get("OMP_CODING_AGENT_DIR", ""))]
        return [root for root in roots if not any(_inside(root.path, other) for other in others)]

    def entry_roots(self, entry: Path) -> list[Path]:
        """The folder `sessions` inside an entry or its folder `agent`, or an entry with neither: pi may be told any."""
        inside = entry / "agent"
        folders = log_folders(inside if is_folder(inside) else entry, ["sessions"])
        return folders if any(map(is_folder, folders)) else [entry]

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.jsonl`, at any depth, but for sessions that other programs converted."""
        return find_sessions(root, unreadable)

    def whole_file(self, path: str) -> bool:  # noqa: ARG002
        """Never: sessions are appended to."""
        return False

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read answers, summaries and what tools used; every branch of the tree was billed."""
        from ai_usage.sources.agents.pi.session import PiSession
        from ai_usage.sources.pi_format.session import read_session

        return read_session(PiSession, file, log, offset, state)


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
