"""Open a ledger file: private, migrated, with a write-ahead log; a damaged file is never overwritten."""

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ai_usage.errors import LedgerBusy, LedgerDamaged, LedgerError, LedgerReadOnly, LedgerUnreadable
from ai_usage.files.sqlite_header import has_wrong_write_version
from ai_usage.ledger.keeping import unused_name
from ai_usage.ledger.migrate import is_latest, migrate, refuse_foreign, refuse_newer, schema_version

BUSY_TIMEOUT_MS: Final = 2_000
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SIGNS_OF_DAMAGE: Final = (
    "Could not decode to UTF-8",
    "no such ",
    "already exists",
    "duplicate column",
    "malformed",
)
"""SQLite's messages for a schema or a text that no version of this program wrote."""
_UNWRITABLE: Final = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}
_OF_FULL_DISKS: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""SQLite's error codes on a full disk; a disk that fills up while SQLite writes its index files gives an I/O error."""
_FULL_BYTES: Final = 1 << 20
_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """Translate SQLite's errors about a file into ours."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _ours(error, path) from error


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether SQLite refused because another process holds a lock."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _BUSY


def _ours(error: sqlite3.Error | UnicodeDecodeError, path: Path | str) -> LedgerError:
    if isinstance(error, UnicodeDecodeError):  # SQLite quotes a text of the file
        return LedgerDamaged(f"{path} is damaged (a text in it is not UTF-8)")
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _DAMAGED or any(sign in str(error) for sign in _SIGNS_OF_DAMAGE):
        return LedgerDamaged(f"{path} is damaged ({error})")
    if code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK) and has_wrong_write_version(Path(path)):
        return LedgerDamaged(
            f"{path} is damaged (a bit in its header forbids writing); run this again, which puts it right"
        )
    if code in _UNWRITABLE:
        full = code in _OF_FULL_DISKS and _disk_is_full(path)
        reason = "the disk is full: make room, then run this again" if full else error
        return LedgerReadOnly(f"{path} cannot be written ({reason})")
    if is_busy(error):
        return LedgerBusy(f"{path} is in use by another process; try again in a moment")
    return LedgerError(f"{path}: {error}")


def _disk_is_full(path: Path | str) -> bool:
    import shutil  # loads every kind of compression

    try:
        return shutil.disk_usage(Path(path).parent).free < _FULL_BYTES
    except OSError:
        return False


def connect(path: Path, *, write: bool, page_bytes: int) -> sqlite3.Connection:
    """Open a ledger file; with `write`, create it if necessary and migrate it.

    Args:
        path: the file.
        write: whether to open it for writing.
        page_bytes: the size of a new file's pages.

    Raises:
        LedgerReadOnly: it cannot be created or written, or does not exist.
        LedgerUnreadable: it may exist, but cannot be read.
        LedgerDamaged: it is not an intact database.
        LedgerTooNew: a newer program wrote it.
    """
    with translated(path):
        if not write:
            connection = opened_to_read(path)
            try:
                refuse_newer(connection, path)
            except BaseException:
                connection.close()
                raise
            return connection if is_latest(connection) else _migrated(connection, path, page_bytes)
        make_private(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            # Only a new file takes this size: large pages take less time to fill.
            connection.execute(f"PRAGMA page_size = {page_bytes}")
            # A checkpoint copies pages that the next commit may change again; 16 MiB of log are cheap to keep.
            connection.execute("PRAGMA wal_autocheckpoint = 2000")
            # The index of identities is written at random places; SQLite's usual 2 MiB of pages would be written often.
            connection.execute("PRAGMA cache_size = -16384")
            new = not path.stat().st_size
            # A schema without records need not wait for the disk: the first records do, and they come after it.
            connection.execute(f"PRAGMA synchronous = {'OFF' if new else 'NORMAL'}")
            migrate(connection, path)
            connection.execute("PRAGMA synchronous = NORMAL")
            if not new:
                keep_log(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _migrated(old: sqlite3.Connection, path: Path, page_bytes: int) -> sqlite3.Connection:
    """Open a file of an older program to read: migrated, or a migrated copy in memory if it cannot be written."""
    try:
        connect(path, write=True, page_bytes=page_bytes).close()
        return opened_to_read(path)
    except (LedgerBusy, LedgerReadOnly):
        return in_memory(old)
    finally:
        old.close()


def keep_log(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, which lets others read the file while one process writes it.

    A new file has no log during its first transaction: the first run on a machine writes most pages of the file, and a
    log would write each of them twice. If another process uses the file, the switch is left to the next time.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute(
        "PRAGMA synchronous = OFF"
    )  # the switch changes two bytes of the file, and both states of them are valid
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise
    finally:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def is_being_filled(path: Path) -> bool:
    """Tell whether a file that is in use is in its first transaction, the only one without a write-ahead log."""
    return path.with_name(path.name + "-journal").exists()


def last_change(connection: sqlite3.Connection) -> int:
    """The highest change number so far; 0 in an empty file."""
    return int(connection.execute("SELECT ifnull(max(change_number), 0) FROM records").fetchone()[0])


def in_memory(like: sqlite3.Connection | None) -> sqlite3.Connection:
    """Make a ledger in memory, empty or a copy of another one, for reports when no file can be written."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA temp_store = MEMORY")  # a full disk has no room for SQLite's temporary files
    if like is not None:
        like.backup(connection)
    migrate(connection, None)
    return connection


def is_whole(path: Path, *, quick: bool = False) -> bool:
    """Check a whole file for damage.

    Args:
        path: the file.
        quick: whether to skip comparing each index with its table.
    """
    try:
        with contextlib.closing(opened_to_read(path)) as connection:
            check = "quick_check(1)" if quick else "integrity_check(1)"
            return bool(connection.execute(f"PRAGMA {check}").fetchone()[0] == "ok")
    except LedgerReadOnly:
        return True  # the file does not exist yet
    except LedgerDamaged:
        return False
    except (sqlite3.Error, UnicodeDecodeError) as error:
        ours = _ours(error, path)
        if isinstance(ours, LedgerDamaged):
            return False
        raise ours from error


def set_aside(path: Path) -> Path:
    """Rename a damaged ledger and its companion files, and return the new path.

    Raises:
        LedgerReadOnly: it cannot be moved.
    """
    kept = unused_name(path)
    try:
        path.rename(kept)
        for suffix in ("-wal", "-shm", "-journal"):
            companion = path.with_name(path.name + suffix)
            if companion.exists():
                companion.rename(kept.with_name(kept.name + suffix))
    except OSError as error:
        raise LedgerReadOnly(f"{path} is damaged and cannot be moved aside ({error.strerror})") from error
    return kept


def make_private(path: Path) -> None:
    """Create the folder with mode 0700 and the file with mode 0600 if they do not exist."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise LedgerReadOnly(f"{path} cannot be written ({path.parent} is not a folder)") from error
    except OSError as error:
        raise LedgerReadOnly(f"{path} cannot be written ({error.strerror})") from error
    # An existing file is not opened: closing it would end the locks of this process's other connections, and another
    # process could then delete the write-ahead log under them (SQLite's "How To Corrupt", section 2.2).
    try:
        target = path.resolve()  # the file of a link that leads nowhere yet is created, too
        if not target.exists():
            os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass  # another process was faster
    except OSError as error:
        raise LedgerReadOnly(f"{path} cannot be written ({error.strerror})") from error
    if not path.is_file():
        raise LedgerReadOnly(f"{path} cannot be written (it is not a regular file)")
    if not os.access(path, os.R_OK | os.W_OK):
        raise LedgerReadOnly(f"{path} cannot be written (Permission denied)")


def opened_to_read(path: Path) -> sqlite3.Connection:
    """Open for reading, even where no lock file can be created."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LedgerReadOnly(f"{path} does not exist") from error
    except OSError as error:
        raise LedgerUnreadable(f"{path} cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(found.st_mode):
        raise LedgerUnreadable(f"{path} cannot be read (it is not a regular file)")
    if not os.access(path, os.R_OK):
        raise LedgerUnreadable(f"{path} cannot be read (Permission denied)")
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(
        f"{uri}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000
    )
    try:
        _probe(connection, path)
    except LedgerReadOnly:
        connection.close()
        raise
    except sqlite3.OperationalError as error:
        connection.close()
        if (error.sqlite_errorcode & 0xFF) in _DAMAGED or not _log_is_empty(path):
            raise
        # On a read-only disk WAL's index cannot be created; if the log is empty, the file alone is complete.
        connection = sqlite3.connect(f"{uri}?immutable=1", uri=True, isolation_level=None)
        _probe(connection, path)
    return connection


def _probe(connection: sqlite3.Connection, path: Path) -> None:
    """Check for a complete schema; a file lacks it if the process that created it was killed."""
    if schema_version(connection) == 0:
        refuse_foreign(connection, path)
        raise LedgerReadOnly(f"{path} is not made yet")
    connection.execute("SELECT count(*) FROM meta").fetchone()


def _log_is_empty(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return not log.exists() or log.stat().st_size == 0
