"""Reading a file that has its place: never waiting for who writes a pipe, never for the end of a device."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 16 << 20


def read_plain(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return what a regular file holds.

    Args:
        path: of the file.
        most: how many bytes it may have.

    Raises:
        OSError: it cannot be read, is not a regular file, or is larger.
    """
    # With O_NONBLOCK no pipe is waited for; what was opened is looked at, which no other can take the place of.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB", str(path))
    return content
