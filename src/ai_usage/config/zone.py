"""The time zone for days and weeks: the one asked for, or the machine's own."""

import sys
from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ai_usage.errors import UsageError


class Zone(NamedTuple):
    """A time zone and the name that reports give it."""

    name: str
    rules: tzinfo


def find_zone(asked: str | None, env: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> Zone:
    """Return the zone asked for, else that of `TZ`, else the machine's, else UTC.

    Args:
        asked: an IANA name, as in `--tz`.
        env: the environment.
        localtime: the file or link by which the system names its zone.

    Raises:
        UsageError: the zone asked for does not exist.
    """
    if asked is not None:
        zone = _named(asked)
        if zone is None:
            raise UsageError(
                f"--tz: {asked!r} is not an IANA time zone; write for example Europe/Berlin or UTC"
            )
        return zone
    for name in (env.get("TZ", "").removeprefix(":"), _system_name(localtime)):
        zone = _named(name) if name else None
        if zone is not None:
            return zone
    return _from_file(localtime) or Zone("UTC", UTC)


def _named(name: str) -> Zone | None:
    """Look a zone up; names reach the file system, so whatever it may answer to odd ones means that it is none."""
    try:
        return Zone(name, ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _system_name(localtime: Path) -> str:
    """Read the zone's name out of the link's target, or out of Debian's file beside it."""
    if sys.platform == "win32":
        from tzlocal import get_localzone_name

        return get_localzone_name()
    try:
        target = str(localtime.readlink())
    except OSError:
        pass
    else:
        if "zoneinfo/" in target:
            return target.rpartition("zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")
    try:
        return localtime.with_name("timezone").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _from_file(localtime: Path) -> Zone | None:
    """Read the rules of a machine whose zone has no name."""
    try:
        with localtime.open("rb") as file:
            return Zone("local", ZoneInfo.from_file(file, key="local"))
    except (OSError, ValueError):
        return None
