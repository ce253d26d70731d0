"""The header of an SQLite file, where a single changed bit makes SQLite refuse to write."""

import os
from pathlib import Path
from typing import Final

_MAGIC: Final = b"SQLite format 3\0"
_WRITE_VERSION: Final = 18
_READ_VERSION: Final = 19
_KNOWN_VERSIONS: Final = (1, 2)
"""1 is a rollback journal, 2 a write-ahead log (SQLite's file format, section 1.3.3)."""


def has_wrong_write_version(path: Path) -> bool:
    """Tell whether SQLite opens a file for reading only because a bit of its header changed.

    SQLite writes no file whose write version is higher than 2. Each file that it writes has the same number as read
    version, in the next byte.
    """
    try:
        with path.open("rb", buffering=0) as file:
            return _is_wrong(file.read(_READ_VERSION + 1))
    except OSError:
        return False


def mend_write_version(path: Path) -> None:
    """Put a damaged write version back. This process must have no connection to the file: their locks would end.

    Raises:
        OSError: the file cannot be written.
    """
    if has_wrong_write_version(path):
        with path.open("r+b", buffering=0) as file:
            version = file.read(_READ_VERSION + 1)[_READ_VERSION:]
            file.seek(_WRITE_VERSION)
            file.write(version)
            os.fsync(file.fileno())


def _is_wrong(header: bytes) -> bool:
    return (
        len(header) > _READ_VERSION
        and header.startswith(_MAGIC)
        and header[_WRITE_VERSION] not in _KNOWN_VERSIONS
        and header[_READ_VERSION] in _KNOWN_VERSIONS
    )
