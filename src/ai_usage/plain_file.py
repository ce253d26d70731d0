"""Read a regular file; refuse pipes, devices and files above a size."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 16 << 20


class NotRegular(OSError):
    """The path is a folder, pipe, device or socket instead of a regular file."""


def read_plain(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return the content of a regular file.

    Args:
        path: the file.
        most: the largest size in bytes.

    Raises:
        OSError: it cannot be read, is not a regular file, or is larger.
    """
    content = read_start(path, most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB", str(path))
    return content


def read_start(path: Path, most: int) -> bytes:
    """Return the first bytes of a regular file, at most `most`.

    Raises:
        NotRegular: it is not a regular file.
        OSError: it cannot be read.
    """
    # O_NONBLOCK prevents waiting for a pipe; the open descriptor is checked, so that the file cannot be exchanged.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, os.O_RDONLY | flags)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        raise NotRegular(errno.ENXIO, "it is a socket, or a device without a driver", str(path)) from error
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise NotRegular(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(found.st_mode):
            raise NotRegular(errno.EINVAL, "it is not a regular file", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(descriptor)
