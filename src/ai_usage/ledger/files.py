"""Logs as they were last read: where to go on, and what could not be read in them."""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from ai_usage.ledger.insertion import Insertion


class StoredFile(NamedTuple):
    """One log as the ledger remembers it."""

    file_id: int
    vendor: str
    device: int
    inode: int
    path: str
    size: int
    mtime_ns: int
    parser_version: int
    offset: int
    """The end of the last whole line that was read, in bytes."""
    fingerprint: bytes
    """Digests of the file's first bytes and of those before `offset`."""
    state: bytes
    """What the parser must know to go on."""
    records: int
    """Records that its last reading from the start, and all readings since, gave."""
    rejected_count: int
    rejected: str
    """The first few that could not be read: JSON, `[[reason, offset], ...]`."""
    problem: str | None
    """Why the file itself could not be read, if so."""

    @property
    def position(self) -> "Position":
        """Where the log stood, as `positions` tells it."""
        return self.device, self.inode, self.size, self.mtime_ns, self.vendor, self.parser_version

    def rejections(self) -> list[tuple[str, int]]:
        """The first few lines that could not be read: why, and at which byte."""
        import json  # a warm run asks nothing of this

        return [(reason, offset) for reason, offset in json.loads(self.rejected)]


_COLUMNS: Final = ", ".join(StoredFile._fields)
_KEEP: Final = Insertion("INSERT OR REPLACE INTO files", f"{_COLUMNS}, check_value")


def check_of(file: StoredFile) -> int:
    """Hash what is remembered of a log, so that a row that the disk changed is not believed."""
    from xxhash import xxh3_64_intdigest  # a warm run asks nothing of this

    return xxh3_64_intdigest(repr(tuple(file)).encode("utf-8", "surrogatepass")) - 2**63


def _believed(row: Sequence[Any] | None) -> StoredFile | None:
    """Return what a row says of a log; None without one, or where the disk changed it. Old rows have no check value."""
    if row is None:
        return None
    file = StoredFile._make(row[:-1])
    return file if row[-1] in (None, check_of(file)) else None


Position = tuple[int, int, int, int, str, int]
"""Device, inode, size, mtime_ns, vendor and parser version: a log that has one of these was read as it is now."""


def positions(connection: sqlite3.Connection) -> set[Position]:
    """Return where each log stood at its last reading."""
    return set(connection.execute("SELECT device, inode, size, mtime_ns, vendor, parser_version FROM files"))


Place = tuple[int, int, str]
"""Device, inode and vendor."""


def find(connection: sqlite3.Connection, places: Sequence[Place]) -> list[StoredFile | None]:
    """Return what is known of some logs; None for one that was never read."""
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM files)").fetchone()[0]:
        return [None] * len(places)
    question = f"SELECT {_COLUMNS}, check_value FROM files WHERE device = ? AND inode = ? AND vendor = ?"
    rows = [connection.execute(question, place).fetchone() for place in places]
    return [_believed(row) for row in rows]


def next_id(connection: sqlite3.Connection) -> int:
    """Return the number that the next log never read before gets."""
    return int(connection.execute("SELECT ifnull(max(file_id), 0) + 1 FROM files").fetchone()[0])


def remember(connection: sqlite3.Connection, known: Iterable[StoredFile]) -> None:
    """Store what is now known of some logs."""
    _KEEP.insert(connection, list(chain.from_iterable((*each, check_of(each)) for each in known)))


def all_files(connection: sqlite3.Connection) -> list[StoredFile]:
    """Return every log that was ever read, by path, but for those that the disk changed."""
    rows = connection.execute(f"SELECT {_COLUMNS}, check_value FROM files ORDER BY path")
    return [file for file in map(_believed, rows) if file is not None]


def damaged_files(connection: sqlite3.Connection) -> list[int]:
    """Return the numbers of the logs whose row the disk changed, all texts being readable."""
    rows = connection.execute(f"SELECT {_COLUMNS}, check_value FROM files")
    return [row[0] for row in rows if _believed(row) is None]
