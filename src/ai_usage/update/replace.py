"""Replace the file of a program, so that at each instant the old or the new one can be started.

The new file is written beside the old one. The old one gets a second name, `NAME.old`, by a hard link; then the new
one is renamed over the first name. After each step the first name is a complete program.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ai_usage.errors import UpdateError
from ai_usage.files.atomic import sync_folder


class Place(NamedTuple):
    """The path of a program, and the paths beside it that an update uses."""

    executable: Path

    @property
    def folder(self) -> Path:
        """The folder that must be writable."""
        return self.executable.parent

    @property
    def kept(self) -> Path:
        """The old program, until the new one has run."""
        return self.executable.with_name(self.executable.name + ".old")

    @property
    def state(self) -> Path:
        """The state that an update leaves for the next start of a server."""
        return self.executable.with_name(self.executable.name + ".update.json")

    @property
    def seen(self) -> Path:
        """The newest signed release that a server has seen."""
        return self.executable.with_name(self.executable.name + ".seen.json")

    @property
    def new_prefix(self) -> str:
        """The prefix of the names of downloads."""
        return f".{self.executable.name}.new-"


@contextlib.contextmanager
def translated(place: Place) -> Iterator[None]:
    """Translate errors of the file system into errors that say what to do.

    Raises:
        UpdateError: the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
                text = f"{place.folder}: no space for the new program; nothing was changed"
            case errno.EACCES | errno.EPERM | errno.EROFS:
                text = (
                    f"{place.folder} cannot be written by this user, so {place.executable.name} stays as it is; "
                    "run the update as the user that owns it"
                )
            case _:
                text = f"{place.executable} cannot be replaced: {error.strerror or error}"
        raise UpdateError(text) from error


@contextlib.contextmanager
def locked(place: Place) -> Iterator[None]:
    """Hold the folder while the block runs: the lock is on the folder itself, so nothing is left behind.

    Raises:
        UpdateError: another update holds it.
    """
    with translated(place):
        descriptor = os.open(place.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UpdateError(f"another update is running in {place.folder}") from error
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def new_file(place: Place) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a file beside the program; it is removed at the end of the block unless it was renamed by then."""
    for leftover in place.folder.glob(place.new_prefix + "*"):
        leftover.unlink()  # left by a killed update; this process holds the lock, so no other one writes it
    descriptor, name = tempfile.mkstemp(prefix=place.new_prefix, dir=place.folder)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, path
    finally:
        path.unlink(missing_ok=True)


def make_startable(file: BinaryIO, place: Place) -> None:
    """Flush a written file to the disk and close it, with the mode and owner of the program that it replaces."""
    file.flush()
    old = place.executable.stat()
    os.fchmod(file.fileno(), (old.st_mode & 0o777) | 0o500)
    if os.geteuid() == 0:
        os.fchown(file.fileno(), old.st_uid, old.st_gid)
    os.fsync(file.fileno())
    file.close()  # the system refuses to start a program that is open for writing


def keep_old(place: Place) -> None:
    """Give the program its second name."""
    place.kept.unlink(missing_ok=True)
    try:
        place.kept.hardlink_to(place.executable)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        _copy(place.executable, place)  # a file system without hard links
    sync_folder(place.folder)


def _copy(executable: Path, place: Place) -> None:
    """Copy the program to its second name through a file with a random name, so that no link is followed."""
    descriptor, name = tempfile.mkstemp(prefix=place.new_prefix, dir=place.folder)
    os.close(descriptor)
    shutil.copy2(executable, name)
    Path(name).rename(place.kept)


def put_in_place(new: Path, place: Place) -> None:
    """Rename the new program over the old one."""
    new.rename(place.executable)
    sync_folder(place.folder)


def roll_back(place: Place) -> None:
    """Rename the kept program over the one that does not run."""
    place.kept.rename(place.executable)
    sync_folder(place.folder)


def drop_old(place: Place) -> None:
    """Remove the second name: the new program has run."""
    place.kept.unlink(missing_ok=True)
    sync_folder(place.folder)
