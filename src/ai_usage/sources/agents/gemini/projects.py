"""Find the folder of a Gemini chat: chats are stored under a short name or a hash of it."""

import os
import re
from functools import lru_cache
from hashlib import sha256
from typing import Final

from ai_usage.sources.side_file import identity, read_side_file, read_side_line

_HASH: Final = re.compile(r"[0-9a-f]{64}\Z")
_NOTE: Final = ".project_root"


def project_of(place: str) -> str | None:
    """Return the folder noted beside the chats, listed by Gemini CLI under their name, or found by its hash.

    Args:
        place: the project's folder below `.gemini/tmp`.
    """
    noted = read_side_line(os.path.join(place, _NOTE))
    if noted is not None:
        return noted
    tmp, name = os.path.split(place)
    listing, trust = (
        os.path.join(os.path.dirname(tmp), file) for file in ("projects.json", "trustedFolders.json")
    )
    for folder, short in _listed(listing).items():
        if short == name:
            return folder
    if not _HASH.match(name):
        return None
    return _by_hash(tmp, listing, trust, (identity(listing), identity(trust), _changed(tmp))).get(name)


def _listed(listing: str) -> dict[str, object]:
    """Gemini CLI's own list of folders and their short names."""
    projects = read_side_file(listing).get("projects")
    return projects if isinstance(projects, dict) else {}


@lru_cache(maxsize=8)
def _by_hash(tmp: str, listing: str, trust: str, _as_of: tuple[object, ...]) -> dict[str, str]:
    """All folders that Gemini CLI's files mention, by their hash."""
    try:
        places = sorted(os.listdir(tmp))
    except OSError:
        places = []
    noted = [read_side_line(os.path.join(tmp, place, _NOTE)) for place in places]
    folders = [*_listed(listing), *read_side_file(trust), *filter(None, noted)]
    return {sha256(folder.encode()).hexdigest(): folder for folder in folders}


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0
