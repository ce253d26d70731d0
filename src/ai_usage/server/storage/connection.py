"""Open the database: its place, its permissions, and the configuration of SQLite."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from ai_usage.errors import LedgerBusy, LedgerDamaged, LedgerError, LedgerFull

NETWORK_FILE_SYSTEMS: Final = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "ocfs2",
        "lustre",
        "beegfs",
        "fuse.sshfs",
    )
)
"""WAL needs memory shared by all processes, which network file systems do not provide."""

BUSY_S: Final = 5.0
"""How long one call waits for another process that holds the database."""

_SPACE_LEAST: Final = 1 << 16
"""With less free space than this, a database cannot be opened."""

_WRITER_CACHE_KIB: Final = 16_384
_READER_CACHE_KIB: Final = 4_096
_CHECKPOINT_PAGES: Final = 32_000
"""128 MiB of WAL: bulk uploads rewrite the same index pages often before they are copied to the database."""


def connect(path: Path, *, writer: bool) -> sqlite3.Connection:
    """Open the database for its one writer, which creates it, or for a reader beside the writer."""
    db = sqlite3.connect(
        path if writer else f"{path.absolute().as_uri()}?mode=ro",
        uri=not writer,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_S,
        cached_statements=64,
    )
    cache = _WRITER_CACHE_KIB if writer else _READER_CACHE_KIB
    db.execute(f"PRAGMA cache_size = -{cache}")
    if writer:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")  # `Database.bring_to_disk` follows; ADR 9 says why
        db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    return db


def connect_to_look(path: Path) -> sqlite3.Connection:
    """Open the database read-only without leaving files behind, even for a user who cannot write it."""
    in_use = path.with_name(path.name + "-wal").exists()
    option = "mode=ro" if in_use else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{option}", uri=True, isolation_level=None, timeout=10)


def locate(db_path: Path) -> Path:
    """Return the database's path with all symbolic links resolved: its lock and its journal are beside that file.

    Raises:
        LedgerError: the links lead nowhere.
    """
    try:
        return db_path.resolve()
    except (OSError, RuntimeError) as error:
        raise LedgerError(f"db_path: {db_path} is a symbolic link that leads to itself") from error


def prepare_place(path: Path) -> None:
    """Make sure that the database can be created and written at its path, with mode 0600.

    Raises:
        LedgerError: its folder is missing, not writable, or on a network file system, or the file has several names.
    """
    folder = path.parent
    if not folder.is_dir():
        raise LedgerError(f"db_path: {folder} is not a folder; create it: install -d -m 700 {folder}")
    if path.is_dir():
        raise LedgerError(f"db_path: {path} is a folder, not a file")
    if path.exists() and not path.is_file():
        raise LedgerError(f"db_path: {path} is not a regular file")
    kind = file_system_of(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        raise LedgerError(
            f"db_path: {path} lies on a network file system ({kind}); SQLite needs a local disk"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LedgerError(f"db_path: {folder} is not writable for this user")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise LedgerError(f"db_path: {path} is not readable and writable for this user")
    if path.exists() and path.stat().st_nlink > 1:
        raise LedgerError(
            f"db_path: {path} has more than one name (hard links), and SQLite keeps a journal for each name; "
            f"remove the others: find {folder} -samefile {path}"
        )


def create_private(path: Path) -> None:
    """Create the file with mode 0600, or give an existing one that mode; SQLite's other files follow it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)


def file_system_of(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """Return the type of a folder's file system; empty if it is not known."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    place, best, kind = folder.resolve(), -1, ""
    for line in lines:
        _, point, system, *_ = line.split(" ")
        point = point.encode().decode("unicode_escape")
        if place.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), system
    return kind


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Translate SQLite's errors, and errors from damaged content, into errors that say what to do.

    Raises:
        LedgerBusy: another process holds the database.
        LedgerDamaged: the file is not a whole database.
        LedgerFull: the disk is full.
        LedgerError: a missing right, a broken device.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        match sqlite3.SQLITE_CORRUPT if code == sqlite3.SQLITE_IOERR_SHORT_READ else code & 0xFF:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise LedgerBusy(f"{path} is held by another process") from error
            case sqlite3.SQLITE_NOTADB:
                raise LedgerDamaged(
                    f"{path} is not an SQLite database; put a backup back, or move the file away and let each "
                    "machine push again (docs/server.md)"
                ) from error
            case (
                sqlite3.SQLITE_CORRUPT
                | sqlite3.SQLITE_ERROR
                | sqlite3.SQLITE_CONSTRAINT
                | sqlite3.SQLITE_MISMATCH
                | sqlite3.SQLITE_TOOBIG
                | sqlite3.SQLITE_NOMEM
            ):
                raise damaged(path) from error
            case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR if code == sqlite3.SQLITE_FULL or _is_full(path):
                raise _full(path) from error
            case _:
                raise LedgerError(f"{path} cannot be used: {error}") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _full(path) from error
        raise LedgerError(f"{path} cannot be used: {(error.strerror or str(error)).lower()}") from error
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        msgspec.MsgspecError,
    ) as error:
        raise damaged(path) from error


def _full(path: Path) -> LedgerFull:
    return LedgerFull(f"{path} cannot grow: the disk is full; free some space there")


def _is_full(path: Path) -> bool:
    """Tell whether the disk is full; SQLite reports an I/O error if it cannot enlarge the shared memory."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _SPACE_LEAST


def damaged(path: Path) -> LedgerDamaged:
    """Return the error for a damaged database, with its remedy."""
    return LedgerDamaged(f"{path} is damaged; stop the server and run: ai-usage-server verify --repair")
