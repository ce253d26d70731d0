"""The time zone for days and weeks: the one asked for, or the machine's own."""

import io
import re
import struct
import sys
from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ai_usage.errors import UsageError

_ZONE_LIKENESS: Final = 0.8
"""The least likeness of a suggested zone to the unknown name; below it, some zone would match almost any name."""
_ABBREVIATION: Final = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
_HOURS: Final = r"[+-]?\d{1,3}(?::\d{1,2}){0,2}"
_CHANGE: Final = rf",M\d{{1,2}}\.\d\.\d(?:/{_HOURS})?"
_RULES: Final = re.compile(
    rf"{_ABBREVIATION}{_HOURS}(?:{_ABBREVIATION}(?:{_HOURS})?{_CHANGE}{_CHANGE})?", re.ASCII
)
"""`TZ` without a name (POSIX.1-2024, 8.3). Changes counted in days of the year, which no zone has had since 2022, and
summer times without rules, which C libraries read differently, are not supported, since they would not be exact."""


class Zone(NamedTuple):
    """A time zone and its name in reports."""

    name: str
    rules: tzinfo
    instead_of: str | None = None
    """The value of `TZ` if it is not a time zone; None otherwise."""


def find_zone(asked: str | None, env: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> Zone:
    """Return the zone asked for, else that of `TZ`, else the machine's, else UTC.

    Args:
        asked: an IANA name, as in `--tz`.
        env: the environment.
        localtime: the file or link by which the system names its zone.

    `TZ` may also be rules, such as `CET-1CEST,M3.5.0,M10.5.0/3`, or the path of a file.

    Raises:
        UsageError: the zone asked for does not exist.
    """
    if asked is not None:
        zone = _named(asked)
        if zone is None:
            raise UsageError(
                f"--tz: {asked!r} is not an IANA time zone; write for example Europe/Berlin or UTC"
                f"{_nearest_zone(asked)}"
            )
        return zone
    wanted = env.get("TZ", "").removeprefix(":")
    if wanted:
        found = _named(wanted) or _ruled(wanted) or (_from_file(Path(wanted)) if wanted[0] == "/" else None)
        if found is not None:
            return found
    system = _named(_system_name(localtime)) or _from_file(localtime) or Zone("UTC", UTC)
    return system._replace(instead_of=wanted or None)


def tell_wrong_zone(zone: Zone) -> str | None:
    """Return a message if `TZ` is not a time zone; None if it is valid."""
    if zone.instead_of is None:
        return None
    return (
        f"TZ is {zone.instead_of!r}, which is not a time zone; days are those of {zone.name}."
        " Set for example TZ=Europe/Berlin."
    )


def _nearest_zone(name: str) -> str:
    """Suggest the zone that a person may have meant: one with a similar name, or a city's zone."""
    from zoneinfo import available_timezones

    from ai_usage.usage.spelling import nearest

    # Abbreviations and offsets mislead: EST does not mean CEST, and Etc/GMT+2 is west of Greenwich.
    zones = [zone for zone in sorted(available_timezones()) if "/" in zone and not zone.startswith("Etc/")]
    cities = {"UTC": "UTC"} | {zone.rpartition("/")[2]: zone for zone in reversed(zones)}
    city = nearest(name, cities, _ZONE_LIKENESS)
    found = nearest(name, zones, _ZONE_LIKENESS) or (cities[city] if city is not None else None)
    return "" if found is None else f"; did you mean {found}?"


def _named(name: str) -> Zone | None:
    """Look a zone up; the name becomes a path, so any file error means that there is no such zone."""
    try:
        return Zone(name, ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _ruled(text: str) -> Zone | None:
    """Read POSIX rules: `zoneinfo` accepts them as the last line of a file without transitions."""
    if _RULES.fullmatch(text) is None:
        return None
    # RFC 9636: a header and one local time type, for 32-bit and once more for 64-bit times, then the rules.
    block = struct.pack(">4sc15x6L", b"TZif", b"2", 0, 0, 0, 0, 1, 4) + struct.pack(
        ">lBB4s", 0, 0, 0, b"UTC\0"
    )
    try:
        return Zone(text, ZoneInfo.from_file(io.BytesIO(block * 2 + f"\n{text}\n".encode("ascii")), key=text))
    except ValueError:
        return None


def _system_name(localtime: Path) -> str:
    """Read the zone's name from the link's target, or from Debian's file beside it."""
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
