"""Projects: the repository or folder that a session worked in, and the hash that identifies it on other machines."""

import os
import re
from pathlib import Path
from typing import Final

from ai_usage.ingest.folders import one_spelling, without_worktree
from ai_usage.ledger.names import Project
from ai_usage.plain_file import read_plain

_SALT: Final = "ai-usage-project-v1\n"
_REMOTE = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?(?P<host>[^:/]+)(?::\d+(?=/))?[:/](?P<path>.+)", re.I
)
_NOWHERE: Final = Project(None, None)


class Projects:
    """Finds the project of each folder once."""

    def __init__(self) -> None:
        self._known: dict[str | None, Project] = {None: _NOWHERE}

    def of(self, folder: str | None) -> Project:
        """Return the project of a folder that may be gone: its repository's, else the folder's own."""
        known = self._known.get(folder)
        if known is None:
            assert folder is not None
            known = self._known[folder] = _settle(folder)
        return known


def _settle(folder: str) -> Project:
    if not folder.strip() or "\0" in folder:
        return _NOWHERE
    try:
        repository = _git_directory(Path(folder))
        remote = None if repository is None else _remote(repository)
    except OSError:
        repository, remote = None, None
    if remote is not None:
        return Project(remote.rpartition("/")[2], _hash(remote))
    if repository is not None:
        # A symbolic link may lead to it, and the file `.git` of a work tree names it without.
        repository = Path(os.path.realpath(repository))
        main = repository.parent if repository.name == ".git" else repository
        return Project(main.name.removesuffix(".git") or str(main), _hash(one_spelling(str(main))))
    plain = without_worktree(one_spelling(folder))
    return Project(re.split(r"[\\/]", plain)[-1] or plain, _hash(plain))


def _hash(identity: str) -> str:
    from hashlib import sha256  # most runs see no new folder

    return sha256((_SALT + identity).encode("utf-8", "replace")).hexdigest()


def _git_directory(folder: Path) -> Path | None:
    """Find the main repository's `.git` above a folder; a work tree's `.git` is a file that points to it."""
    if not folder.is_absolute():
        return None  # another system's path
    for place in (folder, *folder.parents):
        git = place / ".git"
        if git.is_dir():
            return git if (git / "HEAD").exists() else None
        if git.is_file():
            target = read_plain(git).decode("utf-8", "replace").removeprefix("gitdir:").strip()
            directory = Path(os.path.normpath(place / target))
            if directory.parent.name == "worktrees":
                return directory.parent.parent
            return directory
    return None


def _remote(git: Path) -> str | None:
    """Return the repository's remote as host and path in lower case, without credentials and `.git`."""
    import configparser  # most runs see no new folder

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, comment_prefixes=("#", ";"))
    try:
        parser.read_string(read_plain(git / "config").decode("utf-8", "replace").replace("\t", ""))
    except (configparser.Error, OSError):
        return None
    names = [name for name in parser.sections() if name.startswith("remote ")]
    names.sort(key=lambda name: name != 'remote "origin"')
    for name in names:
        match = _REMOTE.fullmatch((parser.get(name, "url", fallback=None) or "").strip())
        if match is not None and "/" not in match["host"]:
            path = match["path"].strip("/").removesuffix(".git").rstrip("/")
            return f"{match['host']}/{path}".lower()
    return None
