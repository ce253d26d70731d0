"""Walking a folder of logs: links are followed, no folder is entered twice, what cannot be entered is reported."""

import os
from collections.abc import Callable, Iterator
from stat import S_ISDIR, S_ISREG

from ai_usage.sources.base import LogFile, Unreadable


def find_logs(
    root: str,
    is_log: Callable[[str], bool],
    unreadable: list[Unreadable],
    enter: Callable[[str], bool] = lambda _name: True,
) -> Iterator[LogFile]:
    """Yield the regular files below `root` whose name `is_log` accepts, each with what one `stat` says.

    Args:
        root: a folder; a missing one holds nothing, a file stands for itself.
        is_log: decides by the file's name.
        unreadable: takes what was named like a log but could not be one.
        enter: decides by a folder's name whether to go into it.
    """
    try:
        info = os.stat(root)
    except OSError as error:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            unreadable.append(Unreadable(root, error.strerror or "unreadable"))
        return
    if S_ISREG(info.st_mode) and is_log(os.path.basename(root)):
        yield LogFile(root, info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)
        return
    seen = {(info.st_dev, info.st_ino)}
    pending = [root]
    while pending:
        for entry in _entries(pending.pop(), unreadable):
            name = entry.name
            wanted = is_log(name)
            linked = entry.is_symlink()
            if not wanted and not linked:
                if entry.is_dir(follow_symlinks=False) and enter(name):
                    pending.append(entry.path)
                continue
            try:
                info = entry.stat()
                if not info.st_ino:  # which a listing on Windows does not tell
                    info = os.stat(entry.path)
            except OSError as error:
                if wanted:
                    unreadable.append(Unreadable(entry.path, error.strerror or "unreadable"))
                continue
            mode = info.st_mode
            if S_ISREG(mode):
                if wanted:
                    yield LogFile(entry.path, info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)
            elif S_ISDIR(mode):
                # Only links can close a circle: remember where they went.
                place = info.st_dev, info.st_ino
                if enter(name) and (not linked or (place not in seen and not _related(entry.path, root))):
                    seen.add(place)
                    pending.append(entry.path)
            elif wanted:
                unreadable.append(Unreadable(entry.path, "not a regular file"))


def _entries(folder: str, unreadable: list[Unreadable]) -> Iterator["os.DirEntry[str]"]:
    """List a folder as far as it can be listed; some fail only after the first names."""
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except FileNotFoundError:
        return
    except OSError as error:
        unreadable.append(Unreadable(folder, error.strerror or "unreadable"))


def _related(link: str, root: str) -> bool:
    """Whether a link leads into the tree that is walked anyway, or to a folder that holds all of it."""
    place, tree = (os.path.join(os.path.realpath(path), "") for path in (link, root))
    return place.startswith(tree) or tree.startswith(place)


def find_folders(root: str, unreadable: list[Unreadable]) -> Iterator[str]:
    """Yield the folders right below `root`, links to folders included; a missing root holds none."""
    for entry in _entries(root, unreadable):
        try:
            if entry.is_dir():
                yield entry.path
        except OSError as error:  # such as a link that leads to itself
            unreadable.append(Unreadable(entry.path, error.strerror or "unreadable"))
