"""The server's database: one writer, a few readers, one epoch for each start."""

import os
import queue
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from ai_usage.errors import LedgerDamaged, LedgerError, LedgerReplaced, LedgerTooNew
from ai_usage.files.sqlite_header import mend_write_version
from ai_usage.server.storage.connection import (
    connect,
    connect_to_look,
    create_private,
    damaged,
    locate,
    prepare_place,
    translated,
)
from ai_usage.server.storage.damage import BROKEN_CONTENT, find_damage
from ai_usage.server.storage.reading import Reader
from ai_usage.server.storage.schema import APPLICATION_ID, migrate, read_version
from ai_usage.server.storage.takeover import is_of_older_kind, take_over
from ai_usage.server.storage.watch import Watch, lock, lock_itself
from ai_usage.server.storage.writing import AnotherWriter, Writer

READERS: Final = 3


class Database:
    """An open database; closing it moves the write-ahead log into the file."""

    def __init__(self, path: Path, now: int) -> None:
        """Open, create, migrate or take over the database.

        Args:
            path: the file.
            now: the instant of this start.

        Raises:
            LedgerError: it cannot be used, with the reason and what to do.
        """
        self._path = path = locate(path)
        self._other_writer: LedgerReplaced | None = None
        prepare_place(path)
        self._locks = [lock(path)]
        try:
            with translated(path):
                self.set_aside = take_over(path) if is_of_older_kind(path) else []
                create_private(path)
                itself = lock_itself(path)
                self._locks += [] if itself is None else [itself]
                mend_write_version(path)
                self._db = connect(path, writer=True)
                _refuse_foreign(self._db, path)
                migrate(self._db)
                self.epoch = secrets.token_hex(16)
                self.writer = Writer(self._db)
                self.writer.begin_epoch(self.epoch, now)
                self._watch = Watch(path)
                self._readers: queue.SimpleQueue[Reader] = queue.SimpleQueue()
                self._connections = [connect(path, writer=False) for _ in range(READERS)]
                for connection in self._connections:
                    self._readers.put(Reader(connection))
        except BaseException:
            self._unlock()
            raise
        with self.reader() as reader:
            self.instance_id = reader.instance_id()

    def check(self) -> None:
        """Check that the database can still be used.

        Raises:
            LedgerReplaced: it was deleted or replaced, or another server writes it.
        """
        self._watch.check()
        if self._other_writer is not None:
            raise self._other_writer

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """Lend a reader to one thread, waiting if all are in use.

        Raises:
            LedgerError: the database cannot be read.
        """
        reader = self._readers.get()
        try:
            self._watch.check()
            with translated(self._path):
                yield reader
        finally:
            self._readers.put(reader)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Lend the writer, to one thread at a time.

        Raises:
            LedgerError: the database cannot be written.
        """
        self.check()
        try:
            with translated(self._path):
                yield self.writer
        except AnotherWriter as error:
            self._other_writer = LedgerReplaced(
                f"another ai-usage-server writes {self._path}; this one does not any more: stop one of the two"
            )
            raise self._other_writer from error

    def bring_to_disk(self) -> None:
        """Flush everything written so far to the disk.

        Raises:
            LedgerError: the disk does not take it.
        """
        try:
            _sync(self._path.with_name(self._path.name + "-wal"))
        except OSError as error:
            raise LedgerError(f"{self._path} cannot be brought to the disk: {error.strerror}") from error

    def close(self) -> None:
        """Move the write-ahead log into the database, and close it."""
        with translated(self._path):
            for connection in self._connections:
                connection.close()
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        for held in self._locks:
            os.close(held)


def inspect(path: Path) -> None:
    """Check that the database can be opened, without changing it; a server may be using it.

    Raises:
        LedgerError: it could not, with the reason and what to do.
    """
    path = locate(path)
    prepare_place(path)
    if not path.exists() or path.stat().st_size == 0:
        return
    with translated(path), closing(connect_to_look(path)) as db:
        if not is_of_older_kind(path):
            _refuse_foreign(db, path)
            read_version(db)


def verify(path: Path) -> tuple[int, list[str]]:
    """Look for damage without changing the database; a server may be using it.

    Returns: how many records there are, and all that is damaged, each in a line.

    Raises:
        LedgerError: it cannot be looked at.
    """
    path = locate(path)
    prepare_place(path)
    if not path.exists() or path.stat().st_size == 0:
        raise LedgerError(f"there is no database at {path}")
    with translated(path), closing(connect_to_look(path)) as db:
        try:
            if is_of_older_kind(path):
                raise LedgerError(f"{path} is the database of an older server; the next start takes it over")
            _refuse_foreign(db, path)
            read_version(db)
        except (LedgerDamaged, LedgerTooNew) as error:
            return 0, [str(error)]
        except LedgerError:
            raise
        except BROKEN_CONTENT as error:
            return 0, [f"the file cannot be read: {error}"]
        damage = list(find_damage(db))
        with suppress(*BROKEN_CONTENT):
            return db.execute("SELECT count(*) FROM records").fetchone()[0], damage
        return 0, damage


def back_up(path: Path, copy: Path) -> int:
    """Copy the database, which may be in use, verify the copy, and return its number of records.

    The copy appears under its name only when it is whole; its mode is 0600.

    Raises:
        LedgerError: the database cannot be read, or the copy not written or not verified.
    """
    if not path.exists():
        raise LedgerError(f"there is no database at {path}")
    if copy.exists() and (copy.is_dir() or copy.samefile(path)):
        raise LedgerError(f"{copy} cannot be the backup; name another file")
    partial = copy.with_name(copy.name + ".partial")
    try:
        create_private(partial)
        with (
            translated(path),
            closing(sqlite3.connect(path, timeout=10)) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise LedgerDamaged(f"the copy of {path} is damaged: {found}")
            count: int = target.execute("SELECT count(*) FROM records").fetchone()[0]
        _sync(partial)
        partial.replace(copy)
        _sync(copy.parent)
    except OSError as error:
        raise LedgerError(f"{copy} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _refuse_foreign(db: sqlite3.Connection, path: Path) -> None:
    application: int = db.execute("PRAGMA application_id").fetchone()[0]
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if tables and application != APPLICATION_ID:
        if {"texts", "records", "server_metadata", "server_writes"} <= tables:
            raise damaged(path)
        raise LedgerError(f"db_path: {path} is a database of another program")
