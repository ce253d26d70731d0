"""The ledger: one SQLite file with all records of one machine, read by reports and written by ingest and sync."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self

from ai_usage.ledger import files, rollups, sums
from ai_usage.ledger.connection import (
    BUSY_TIMEOUT_MS,
    connect,
    in_memory,
    is_busy,
    keep_log,
    last_change,
    translated,
)
from ai_usage.usage.group import Counts, Doubts, Group

if TYPE_CHECKING:  # the modules for writing and sync are loaded when they are needed
    from ai_usage.ledger.names import Project
    from ai_usage.ledger.snapshot import Snapshot
    from ai_usage.ledger.writing import Writing


class Ledger:
    """One machine's records: this machine's ledger, or another machine's `remote/<machine_id>.bin`."""

    page_bytes: ClassVar = 8192
    """The page size of a new file."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.path = path
        """None for a ledger in memory."""
        self._connection = connection

    @classmethod
    def open(cls, path: Path, *, write: bool = True) -> Self:
        """Open a ledger; with `write`, create it if necessary and migrate it.

        Raises:
            LedgerReadOnly: it cannot be created or written, or does not exist.
            LedgerUnreadable: it may exist, but cannot be read.
            LedgerDamaged: it is not an intact database.
            LedgerTooNew: a newer program wrote it.
        """
        return cls(connect(path, write=write, page_bytes=cls.page_bytes), path)

    @classmethod
    def in_memory(cls, like: "Ledger | None" = None) -> Self:
        """Make a ledger in memory, empty or a copy of another one."""
        with translated(str(like.path) if like is not None else ":memory:"):
            return cls(in_memory(like._connection if like is not None else None), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def sums(
        self, spans: Sequence[tuple[int, int]], *, copies: bool = True, projects: bool = True
    ) -> list[Group]:
        """Sum the records of each span.

        Args:
            spans: half-open, ascending, disjoint, in instants.
            copies: whether to count records that another machine's copy shadows in merged reports.
            projects: whether to group by project; otherwise every group's project is None.
        """
        with translated(str(self.path)):
            return sums.sums(self._connection, spans, copies=copies, projects=projects)

    def session_sums(
        self, start: int, end: int, *, copies: bool = True, session_id: str | None = None
    ) -> list[Group]:
        """Sum the records of one span by session, of all or of one; `first_seen` and `last_seen` are set."""
        with translated(str(self.path)):
            return sums.session_sums(self._connection, start, end, copies=copies, session_id=session_id)

    def doubts(self, start: int, end: int) -> Doubts:
        """Count the records of a span that a report mentions in a note."""
        with translated(str(self.path)):
            return sums.doubts(self._connection, start, end)

    def extent(self) -> tuple[int, int] | None:
        """Return the earliest and the latest instant of a record, None without records."""
        with translated(str(self.path)):
            return sums.extent(self._connection)

    def project_names(self) -> list[tuple[str, str]]:
        """Return the name and the key of each project that has both."""
        with translated(str(self.path)):
            return sums.project_names(self._connection)

    def change_number(self) -> int:
        """Return the number of the last change; 0 in an empty ledger."""
        with translated(str(self.path)):
            return last_change(self._connection)

    def record_count(self) -> int:
        """Count all records, retracted ones too."""
        with translated(str(self.path)):
            return int(self._connection.execute("SELECT count(*) FROM records").fetchone()[0])

    def counts(self) -> dict[str, Counts]:
        """Count the records of each vendor."""
        with translated(str(self.path)):
            return sums.counts(self._connection)

    def log_files(self) -> list[files.StoredFile]:
        """Return all logs in the ledger, by path."""
        with translated(str(self.path)):
            return files.all_files(self._connection)

    def positions(self) -> set[files.Position]:
        """Return the position of each log at its last reading."""
        with translated(str(self.path)):
            return files.positions(self._connection)

    def known_files(self, places: Sequence[files.Place]) -> list[files.StoredFile | None]:
        """Return the stored states of some logs; None for a log that was never read."""
        with translated(str(self.path)):
            return files.find(self._connection, places)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the modules of this package the connection for reading."""
        with translated(str(self.path)):
            yield self._connection

    def note(self, key: str) -> str | None:
        """Return a value that the file stores about itself: `generation`, `installation`, and the notes of sync."""
        with self.reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def keep_note(self, key: str, value: str | None) -> None:
        """Store a note in the file; None removes it."""
        with self.transaction() as connection:
            if value is None:
                connection.execute("DELETE FROM meta WHERE key = ?", (key,))
            else:
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the modules of this package the connection in a write transaction."""
        connection = self._connection
        with translated(str(self.path)):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            with suppress(sqlite3.OperationalError):  # the transaction is committed even if this fails
                keep_log(connection)

    @contextmanager
    def snapshot(self) -> "Iterator[Snapshot]":
        """Read one consistent state while other processes may write; this object must not write in the block."""
        from ai_usage.ledger.snapshot import Snapshot

        with translated(str(self.path)):
            self._connection.execute("BEGIN")
            try:
                yield Snapshot(self._connection)
            finally:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, project_of: "Callable[[str | None], Project]") -> "Iterator[Writing]":
        """Write in one transaction: all changes are committed, or none.

        Args:
            project_of: returns the project of a folder; called when a session is first seen in it.
        """
        from ai_usage.ledger.writing import Writing

        with self.transaction() as connection:
            if not last_change(connection):
                rollups.build(connection)  # of no records: from now on each write updates them
            complete = rollups.are_complete(connection)
            writing = Writing.begin(connection, project_of)
            yield writing
            if complete:
                again = writing.records.touched
                rollups.refresh(connection, again)
                writing.records.tally.store(but_not=again)

    def complete_rollups(self) -> None:
        """Build the rollups if they are missing, as after an update of prices with new prompt classes.

        While another process writes, this is skipped: reports work without rollups, but slower.
        """
        connection = self._connection
        with translated(str(self.path)):
            if rollups.are_complete(connection):
                return
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if is_busy(error):
                    return
                raise
            finally:
                connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            try:
                rollups.build(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def copy_into(self, other: "Ledger") -> None:
        """Replace another file's content with this file's in one transaction."""
        with translated(str(other.path)):
            self._connection.backup(other._connection)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, except for parts that a reader still needs."""
        with translated(str(self.path)):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
