"""Check that the database is still the opened file, and that no other server has it open."""

import fcntl
import os
import sys
from pathlib import Path

from ai_usage.errors import LedgerBusy, LedgerError, LedgerReplaced


def lock(path: Path) -> int:
    """Make sure that no other server uses this database, and return the open lock file.

    Raises:
        LedgerBusy: another server does.
        LedgerError: the lock file cannot be made.
    """
    place = path.with_name(path.name + ".lock")
    while True:
        held = _flock(place, path)
        if _identity(place) == _identity(held):
            return held
        os.close(held)  # removed in between, so the lock keeps no server out


def lock_itself(path: Path) -> int | None:
    """Lock the database file too, so that neither another name nor a removed lock file lets a second server in.

    Only on Linux: elsewhere this lock and those of SQLite exclude one another.

    Returns: the open file, to be closed after all connections, because closing it ends SQLite's locks.

    Raises:
        LedgerBusy: another server has it.
    """
    return _flock(path, path) if sys.platform == "linux" else None


def _flock(place: Path, database: Path) -> int:
    try:
        held = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerError(f"{place} cannot be made: {(error.strerror or str(error)).lower()}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(held)
        raise LedgerBusy(f"db_path: another ai-usage-server already works on {database}") from error
    return held


class Watch:
    """Remembers the identity of the open database's files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = {each: _identity(each) for each in (path, path.with_name(path.name + "-wal"))}

    def check(self) -> None:
        """Compare the files with those that were opened.

        Raises:
            LedgerReplaced: one was deleted or replaced; what is written would be lost.
        """
        for path, identity in self._files.items():
            if _identity(path) != identity:
                raise LedgerReplaced(
                    f"{path} was deleted or replaced while the server runs; put it back, or restart the server to "
                    f"work on what is at {self._path} now"
                )


def _identity(file: Path | int) -> tuple[int, int] | None:
    try:
        found = os.stat(file)  # noqa: PTH116  # also of an open file
    except OSError:
        return None
    return found.st_dev, found.st_ino
