"""Read the files beside Kimi CLI's wires: the model of requests, and the folders of projects."""

import os
from functools import lru_cache
from hashlib import md5
from typing import Final

from ai_usage.sources.fields import clean_model
from ai_usage.sources.side_file import identity, read_side_file

FALLBACK_MODEL: Final = "kimi-for-coding"
"""The alias of the model that Kimi's own service chooses; prices know the model behind it on each day."""


def model_of(share: str) -> str | None:
    """Return the model that the settings name, if they do; Kimi CLI does not log it."""
    settings = read_side_file(os.path.join(share, "config.toml"))
    default = settings.get("default_model")
    if not isinstance(default, str) or not default.strip():
        return None
    models = settings.get("models")
    entry = models.get(default) if isinstance(models, dict) else None
    named = entry.get("model") if isinstance(entry, dict) else None
    return clean_model(named if isinstance(named, str) and named.strip() else default)


def folders_of(share: str) -> dict[str, str]:
    """Return folders by the name of their project's folder."""
    listing = os.path.join(share, "kimi.json")
    return _folders(listing, identity(listing))


@lru_cache(maxsize=8)
def _folders(listing: str, _as_of: object) -> dict[str, str]:
    folders: dict[str, str] = {}
    entries = read_side_file(listing).get("work_dirs")
    for entry in entries if isinstance(entries, list) else []:
        path = entry.get("path") if isinstance(entry, dict) else None
        if isinstance(path, str):
            name = md5(path.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
            folders[name] = path
            folders[f"{entry.get('kaos')}_{name}"] = path
    return folders
