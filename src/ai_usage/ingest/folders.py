"""Normalise folder names of any system as text only: the folders may be gone, or be on another machine."""

import re
from typing import Final

_DRIVE: Final = r"(?:\\\\[?.]\\)?(?P<drive>[A-Za-z]):(?P<path>[\\/].*|)\Z"
_MOUNTED: Final = r"/(?:mnt|cygdrive)/(?P<drive>[A-Za-z])(?P<path>/.*|)\Z"
"""A Windows drive as a path of WSL or Cygwin."""
_SHARE: Final = (
    r"(?:\\\\[?.]\\UNC\\|\\\\|//(?=[^/]))(?![?.][\\/])"
    r"(?P<host>[^\\/]+)[\\/]+(?P<share>[^\\/]+)(?P<path>[\\/].*|)\Z"
)
_LINUX_ON_WINDOWS: Final = frozenset({"wsl$", "wsl.localhost"})
"""The hosts under which Windows shows the files of WSL; the share is the distribution's name."""

_WORKTREE: Final = (
    r"(?P<repository>.+?)[\\/](?:(?P<agent>\.[\w-]+)[\\/]worktrees|\.worktrees?|\.gemini-worktrees)"
    r"[\\/][^\\/]+"
)
_USER: Final = r"(?:/home/[^/]+|/Users/[^/]+|/root|/var/root|[A-Z]:\\Users\\[^\\]+)"


def one_spelling(folder: str) -> str:
    r"""Return the one normal form of a folder's path.

    `c:\a`, `C:/a/`, `/mnt/c/a` and `\\?\C:\a` are `C:\a`; hosts and shares are in lower case; a Linux that Windows
    shows as a share has the paths that it has itself. No separator stands twice or at the end.
    """
    if match := re.match(_DRIVE, folder, re.S) or re.match(_MOUNTED, folder, re.S):
        return f"{match['drive'].upper()}:{_separated(match['path'], chr(92))}"
    if match := re.match(_SHARE, folder, re.S):
        host, share = match["host"].lower(), match["share"].lower()
        if host in _LINUX_ON_WINDOWS:
            return _separated(match["path"], "/") or "/"
        return f"\\\\{host}\\{share}{_separated(match['path'], chr(92))}"
    if folder.startswith("/"):
        return _without_dots(re.sub(r"/+", "/", folder)).rstrip("/") or "/"
    return re.sub(r"[\\/]+$", "", folder) or folder


def without_worktree(folder: str) -> str:
    """Return the repository of a work tree that an agent made inside it, `<repository>/.claude/worktrees/<name>`.

    Agents that gather the work trees of all repositories in the user's home name the repository there or not at all:
    `~/.cursor/worktrees/<repository>/<name>` gives the folder of the repository's work trees, others stay.

    Args:
        folder: as `one_spelling` gives it.
    """
    match = re.match(_WORKTREE, folder, re.S)
    if match is None:
        return folder
    agent = match["agent"]
    if agent in (None, ".claude", ".gemini") or re.fullmatch(_USER, match["repository"], re.S) is None:
        return match["repository"]
    return folder[: match.end()] if agent == ".cursor" else folder


def _separated(path: str, separator: str) -> str:
    """Spell a path below a root with one kind of separator."""
    return _without_dots("/".join(re.split(r"[\\/]+", path))).rstrip("/").replace("/", separator)


def _without_dots(path: str) -> str:
    return re.sub(r"(?:/\.)+(?=/|\Z)", "", path)
