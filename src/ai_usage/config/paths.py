"""Where the program keeps its files."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ai_usage.errors import UsageError


class Paths(NamedTuple):
    """The folders and files of one person; nothing is created by naming it."""

    data: Path
    """Files that must not be lost: the ledger."""
    cache: Path
    """Files that can be fetched or computed again."""
    config: Path
    secrets: Path

    @property
    def ledger(self) -> Path:
        """This machine's records."""
        return self.data / "ledger.db"

    @property
    def update_seen(self) -> Path:
        """The newest signed release that was seen here."""
        return self.data / "update-seen.json"

    @property
    def remote(self) -> Path:
        """The folder with the records of other machines, a file each."""
        return self.cache / "remote"

    @property
    def integrity(self) -> Path:
        """The folder with transcripts of integrity checks."""
        return self.cache / "integrity"

    @property
    def sync_state(self) -> Path:
        """The state of sync, as JSON."""
        return self.cache / "sync_state.json"

    @property
    def sync_log(self) -> Path:
        """The log of sync: results and errors."""
        return self.cache / "sync.log"

    @property
    def sync_lock(self) -> Path:
        """The lock of the running sync."""
        return self.cache / "sync.lock"

    @property
    def price_overlay(self) -> Path:
        """Prices newer than the packaged ones."""
        return self.cache / "prices.json"

    @property
    def refresh_stamp(self) -> Path:
        """The time and duration of the last refresh behind the status line."""
        return self.cache / "refresh"

    @property
    def settings(self) -> Path:
        """`config.toml`."""
        return self.config / "config.toml"

    @property
    def models(self) -> Path:
        """The person's own names and prices of models."""
        return self.config / "models.toml"


def find_home() -> Path:
    """Return the person's home folder.

    Raises:
        UsageError: it cannot be found, or its path is relative.
    """
    named = os.environ.get("HOME")
    if os.name == "posix" and named is not None and not named.startswith("/"):
        raise UsageError(f"HOME is {named!r}, which is not an absolute path; set it to your home folder")
    try:
        return Path.home()
    except RuntimeError as error:
        raise UsageError("the home folder is not known; set HOME") from error


def find_paths(env: Mapping[str, str], home: Path) -> Paths:
    """Name the folders that the environment asks for, else those of the XDG base directory specification."""
    return Paths(
        data=_own(env, "AI_USAGE_DATA_DIR", home) or _xdg(env, "XDG_DATA_HOME", home / ".local" / "share"),
        cache=_own(env, "AI_USAGE_CACHE_DIR", home) or _xdg(env, "XDG_CACHE_HOME", home / ".cache"),
        config=_xdg(env, "XDG_CONFIG_HOME", home / ".config"),
        secrets=_own(env, "AI_USAGE_SECRETS", home) or home / ".secrets" / "ai-usage.yaml",
    )


def _own(env: Mapping[str, str], variable: str, home: Path) -> Path | None:
    """Read one of the program's own variables; `~` is the home folder; relative paths are allowed."""
    value = env.get(variable, "")
    if not value:
        return None
    if value == "~" or value.startswith("~/"):
        return home / value[2:]
    return Path.cwd() / value


def _xdg(env: Mapping[str, str], variable: str, default: Path) -> Path:
    """Read a variable of the XDG specification, which has relative paths ignored."""
    value = env.get(variable, "")
    return (Path(value) if value.startswith("/") else default) / "ai-usage"
