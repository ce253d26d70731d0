"""The interface of a source: the places of an agent's logs, and the parser of their bytes."""

from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:  # a run with nothing new reads nothing
    from ai_usage.sources.parsed import Parsed


class Root(NamedTuple):
    """A folder in which an agent may keep logs, and the origin of its name."""

    path: Path
    origin: str
    """`default`, the environment variable's name, `config.toml`, or the `settings.json` of the agent."""


class LogFile(NamedTuple):
    """A log with the file system's data on it at one moment."""

    path: str
    device: int
    inode: int
    size: int
    """Bytes."""
    mtime_ns: int


class Unreadable(NamedTuple):
    """A file or folder that could not be read, or is not a regular file."""

    path: str
    reason: str


class Source(Protocol):
    """An agent whose logs can be read. One module in `sources/agents/` each; `registry.SOURCES` names them."""

    name: ClassVar[str]
    """The word for `--vendor` and for `UsageRecord.vendor`."""
    label: ClassVar[str]
    """The agent's name in its makers' spelling."""
    parser_version: ClassVar[int]
    """Increased when the same bytes give other records: every file is then read again from its start."""
    mutable_head: ClassVar[int]
    """The number of bytes at the start of a file that the agent rewrites in place; fingerprints leave them out."""

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """Return the folders to search, existing or not, in order; `roots.find_roots` has the rules."""
        ...

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Yield the logs under a root, which may not exist; `walk.find_logs` does the walking."""
        ...

    def entry_roots(self, entry: Path) -> list[Path]:
        """Return the folders with logs for an entry of `[sources]` in `config.toml`."""
        ...

    def whole_file(self, path: str) -> bool:
        """Tell whether a changed log is always read from its start (a document that is rewritten, not appended to)."""
        ...

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> "Parsed":
        """Read a log from a byte offset to the end of its last whole line. Only `OSError` may leave it.

        Args:
            file: open for reading, unbuffered.
            log: what the file is; `mtime_ns` dates records without a time, `path` tells session ids.
            offset: where the last reading ended; 0 at first and after a rewrite.
            state: what the last reading returned; empty at offset 0.
        """
        ...
