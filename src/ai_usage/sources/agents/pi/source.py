"""The source of pi: the places of its sessions; the parser is loaded only when there are new lines."""

from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ai_usage.sources.agents.pi.settings import session_dir
from ai_usage.sources.base import LogFile, Root, Unreadable
from ai_usage.sources.pi_format.finding import find_sessions, is_of_omp
from ai_usage.sources.pi_format.places import AGENT_DIR, omp_folders
from ai_usage.sources.roots import is_folder, listed, log_folders, unique

if TYPE_CHECKING:
    from ai_usage.sources.parsed import Parsed

_CONFIG_DIR: Final = "PI_CONFIG_DIR"
_SESSION_DIR: Final = "PI_CODING_AGENT_SESSION_DIR"


class Pi:
    """Reads pi's sessions."""

    name: ClassVar[str] = "pi"
    label: ClassVar[str] = "pi"
    parser_version: ClassVar[int] = 4
    mutable_head: ClassVar[int] = 0

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """`PI_CODING_AGENT_SESSION_DIR` with sessions in it, else `PI_CODING_AGENT_DIR`, else `~/.pi/agent`.

        Oh My Pi takes the second for its own, too: a folder that is known to be its is left to it. The settings in
        an agent's folder may name one more folder with sessions. `PI_CONFIG_DIR` adds a folder where it is a path; a
        name is Oh My Pi's.
        """
        if value := env.get(_SESSION_DIR, "").strip():
            return unique(Root(folder, _SESSION_DIR) for folder in listed(value))
        agents = [Root(entry, AGENT_DIR) for entry in listed(env.get(AGENT_DIR, ""))]
        if agents:
            others = [folder.resolve() for folder, _ in omp_folders(env, home)]
            agents = [each for each in agents if not any(map(each.path.resolve().is_relative_to, others))]
        agents = agents or [Root(home / ".pi" / "agent", "default")]
        told = listed(env.get(_CONFIG_DIR, ""))
        roots = []
        for entry, origin in (*agents, *(Root(each, _CONFIG_DIR) for each in told if each.is_absolute())):
            roots += [Root(folder, origin) for folder in _inside(entry)]
            if (named := session_dir(entry, home)) is not None:
                roots.append(Root(named, "settings.json"))
        return unique(roots)

    def entry_roots(self, entry: Path) -> list[Path]:
        """The folder `sessions` inside an entry or its folder `agent`, or an entry with neither: pi may be told any."""
        folders = _inside(entry)
        return folders if any(map(is_folder, folders)) else [entry]

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.jsonl`, at any depth, except sessions that other programs converted."""
        return find_sessions(root, unreadable)

    def whole_file(self, path: str) -> bool:  # noqa: ARG002
        """Never: sessions are appended to."""
        return False

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read answers, summaries and what tools used; every branch of the tree was billed.

        Oh My Pi takes variables of pi for its own: a session that it wrote is read as its own.
        """
        from ai_usage.sources.agents.pi.session import PiSession
        from ai_usage.sources.pi_format.reading import read_session

        if not is_of_omp(file):
            return read_session(PiSession, file, log, offset, state)
        from ai_usage.sources.pi_format.omp import OmpSession

        parsed = read_session(OmpSession, file, log, offset, state)
        parsed.former += read_session(PiSession, file, log, offset, b"").records
        return parsed


def _inside(entry: Path) -> list[Path]:
    """The folder `sessions` inside an entry or its folder `agent`, or the entry when it is one."""
    inside = entry / "agent"
    return log_folders(inside if is_folder(inside) else entry, ["sessions"])
