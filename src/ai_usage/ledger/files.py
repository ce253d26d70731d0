"""The state of each log after its last reading: where to continue, and which lines could not be read."""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from ai_usage.ledger.insertion import Insertion


class StoredFile(NamedTuple):
    """One log in the ledger."""

    file_id: int
    vendor: str
    device: int
    inode: int
    path: str
    size: int
    mtime_ns: int
    parser_version: int
    offset: int
    """The end of the last complete line that was read, in bytes."""
    fingerprint: bytes
    """Digests of the file's first bytes and of those before `offset`."""
    state: bytes
    """The parser's state, needed to continue."""
    records: int
    """The number of records from the last reading from the start and all readings since."""
    rejected_count: int
    rejected: str
    """The first few unreadable lines: JSON, `[[reason, offset], ...]`."""
    problem: str | None
    """Why the file itself could not be read; None if it could."""

    @property
    def position(self) -> "Position":
        """The log's entry in `positions`."""
        return self.device, self.inode, self.size, self.mtime_ns, self.vendor, self.parser_version

    def rejections(self) -> list[tuple[str, int]]:
        """The first few unreadable lines: the reason and the byte offset of each."""
        import json  # a warm run does not need it

        return [(reason, offset) for reason, offset in json.loads(self.rejected)]


_COLUMNS: Final = ", ".join(StoredFile._fields)
_KEEP: Final = Insertion("INSERT OR REPLACE INTO files", f"{_COLUMNS}, check_value")


def check_of(file: StoredFile) -> int:
    """Hash the stored state of a log, to detect a row that the disk changed."""
    from xxhash import xxh3_64_intdigest  # a warm run does not need it

    return xxh3_64_intdigest(repr(tuple(file)).encode("utf-8", "surrogatepass")) - 2**63


def _believed(row: Sequence[Any] | None) -> StoredFile | None:
    """Return a row as a log; None without a row, or if the disk changed it. Old rows have no check value."""
    if row is None:
        return None
    file = StoredFile._make(row[:-1])
    return file if row[-1] in (None, check_of(file)) else None


Position = tuple[int, int, int, int, str, int]
"""Device, inode, size, mtime_ns, vendor and parser version: a log with a stored position has not changed since."""


def positions(connection: sqlite3.Connection) -> set[Position]:
    """Return the position of each log at its last reading."""
    return set(connection.execute("SELECT device, inode, size, mtime_ns, vendor, parser_version FROM files"))


Place = tuple[int, int, str]
"""Device, inode and vendor."""


def find(connection: sqlite3.Connection, places: Sequence[Place]) -> list[StoredFile | None]:
    """Return the stored states of some logs; None for a log that was never read."""
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM files)").fetchone()[0]:
        return [None] * len(places)
    question = f"SELECT {_COLUMNS}, check_value FROM files WHERE device = ? AND inode = ? AND vendor = ?"
    rows = [connection.execute(question, place).fetchone() for place in places]
    return [_believed(row) for row in rows]


def next_id(connection: sqlite3.Connection) -> int:
    """Return the number for the next new log."""
    return int(connection.execute("SELECT ifnull(max(file_id), 0) + 1 FROM files").fetchone()[0])


def remember(connection: sqlite3.Connection, known: Iterable[StoredFile]) -> None:
    """Store the states of some logs."""
    _KEEP.insert(connection, list(chain.from_iterable((*each, check_of(each)) for each in known)))


def all_files(connection: sqlite3.Connection) -> list[StoredFile]:
    """Return all logs in the ledger by path, except rows that the disk changed."""
    rows = connection.execute(f"SELECT {_COLUMNS}, check_value FROM files ORDER BY path")
    return [file for file in map(_believed, rows) if file is not None]


def damaged_files(connection: sqlite3.Connection) -> list[int]:
    """Return the numbers of logs whose row the disk changed; all texts must be readable."""
    rows = connection.execute(f"SELECT {_COLUMNS}, check_value FROM files")
    return [row[0] for row in rows if _believed(row) is None]
