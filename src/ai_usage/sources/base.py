"""What a source is: where an agent's logs are, and how their bytes become usage records."""

from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:  # a run with nothing new reads nothing
    from ai_usage.sources.parsed import Parsed


class Root(NamedTuple):
    """A folder in which an agent may keep logs, and who named it."""

    path: Path
    origin: str
    """`default`, the environment variable's name, `config.toml`, or the `settings.json` of the agent."""


class LogFile(NamedTuple):
    """A log as the file system knows it at one moment."""

    path: str
    device: int
    inode: int
    size: int
    """Bytes."""
    mtime_ns: int


class Unreadable(NamedTuple):
    """A file or folder that could not be looked at, or is no regular file."""

    path: str
    reason: str


class Source(Protocol):
    """An agent whose logs can be read. One module in `sources/agents/` each; `registry.SOURCES` names them."""

    name: ClassVar[str]
    """The word for `--vendor` and for `UsageRecord.vendor`."""
    label: ClassVar[str]
    """The agent's name as its makers write it."""
    parser_version: ClassVar[int]
    """Raised when the same bytes would give other records: every file is then read again from its start."""
    mutable_head: ClassVar[int]
    """Bytes at the start of a file that the agent rewrites in place; they take no part in telling files apart."""

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """Name the folders to look into, existing or not, in order; `roots.find_roots` knows the rules."""
        ...

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Yield the logs under a root, which may not exist; `walk.find_logs` does the walking."""
        ...

    def entry_roots(self, entry: Path) -> list[Path]:
        """Name the folders with logs that an entry of `[sources]` in `config.toml` stands for."""
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
