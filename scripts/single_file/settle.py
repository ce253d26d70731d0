"""Gives an unpacked program its final name and removes the versions before it: `settle.py NEW FINAL`."""

import contextlib
import fcntl
import os
import shutil
import sys
import time
from pathlib import Path

UNUSED_S = 24 * 3600
"""How long ago the last start of another version must be before it is removed."""


def settle(new: Path, final: Path) -> None:
    """Rename the folder; where another process was faster, it has unpacked the same."""
    try:
        new.rename(final)
    except OSError:
        if not final.is_dir():
            raise
        shutil.rmtree(new)
    for folder in final.parent.iterdir():
        if folder != final:
            with contextlib.suppress(OSError):
                remove_unused(folder)


def remove_unused(folder: Path) -> None:
    """Remove a version that no process runs and that was not started recently."""
    if time.time() - folder.lstat().st_mtime < UNUSED_S:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        going = folder.with_name(f".going.{os.getpid()}.{folder.name.lstrip('.')}")
        folder.rename(going)  # at once and whole: no start finds a half of it
        shutil.rmtree(going)
    finally:
        os.close(descriptor)


settle(Path(sys.argv[1]), Path(sys.argv[2]))
