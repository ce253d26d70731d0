"""`config.toml`: more folders with logs, the colours that fit the terminal, where releases come from."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from ai_usage.errors import UsageError
from ai_usage.plain_file import read_plain

THEMES = ("auto", "light", "dark")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+", re.ASCII)


class UpdateSettings(NamedTuple):
    """Where newer releases are looked for."""

    api_url: str | None = None
    """A release API that answers as GitHub's does; None is GitHub's own."""
    repository: str | None = None
    """`owner/name` there; None is the program's own."""


class Settings(NamedTuple):
    """The person's settings; each field has its default value."""

    sources: Mapping[str, tuple[Path, ...]] = {}
    """More folders with logs, by vendor."""
    theme: str = "auto"
    """The terminal's background, `light` or `dark`, or `auto`."""
    update: UpdateSettings = UpdateSettings()


def read_settings(path: Path, vendors: Sequence[str], home: Path) -> Settings:
    """Read the settings; a missing file gives the defaults.

    Args:
        path: `config.toml`.
        vendors: every name that `[sources]` may contain.
        home: what `~` stands for.

    Raises:
        UsageError: the file cannot be read, is not TOML, or holds an unknown key or an invalid value.
    """
    try:
        text = read_plain(path)
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    import tomllib

    try:
        document = tomllib.loads(text.decode("utf-8-sig"))
    except (
        ValueError,
        RecursionError,
    ) as error:  # ValueError: no UTF-8, no TOML, or a number of too many digits
        raise UsageError(f"{path}: is not TOML: {error}") from error
    _check_keys(path, "", document, ("sources", "display", "update"))
    sources = _table(path, document, "sources")
    _check_keys(path, "sources.", sources, vendors)
    display = _table(path, document, "display")
    _check_keys(path, "display.", display, ("theme",))
    theme = display.get("theme", "auto")
    if theme not in THEMES:
        raise UsageError(f"{path}: display.theme is {theme!r}; write one of {', '.join(THEMES)}")
    folders = {vendor: _folders(path, vendor, value, home) for vendor, value in sources.items()}
    return Settings(folders, theme, _update(path, _table(path, document, "update")))


def _update(path: Path, update: Mapping[str, Any]) -> UpdateSettings:
    _check_keys(path, "update.", update, ("api_url", "repository"))
    found = UpdateSettings(**update)
    if not isinstance(found.api_url, str | None) or found.api_url == "":
        raise UsageError(
            f"{path}: update.api_url is {found.api_url!r}; write an address that begins with https://"
        )
    if found.repository is not None and not (
        isinstance(found.repository, str) and _REPOSITORY.fullmatch(found.repository)
    ):
        raise UsageError(f"{path}: update.repository is {found.repository!r}; write owner/name")
    return found


def _table(path: Path, document: dict[str, Any], key: str) -> dict[str, Any]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {key} is not a table; write [{key}] on a line of its own")
    return table


def _check_keys(path: Path, prefix: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            names = ", ".join(prefix + name for name in known)
            raise UsageError(f"{path}: unknown key {prefix + key!r}; known: {names}")


def _folders(path: Path, vendor: str, value: object, home: Path) -> tuple[Path, ...]:
    entries = [value] if isinstance(value, str) else value
    if not _are_texts(entries):
        raise UsageError(f'{path}: sources.{vendor} is not a list of folders; write {vendor} = ["~/logs"]')
    folders = tuple(home / entry[2:] if entry.startswith("~/") else Path(entry) for entry in entries)
    for folder in folders:
        if not folder.is_absolute():
            raise UsageError(f"{path}: sources.{vendor}: {str(folder)!r} is relative; begin it with / or ~/")
        if "\0" in str(folder):
            raise UsageError(
                f"{path}: sources.{vendor}: {str(folder)!r} has a NUL in it, which no folder can have"
            )
    return folders


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(entry, str) and entry for entry in value)
