"""RFC 3339 times as the wire allows them, read to instants; the text itself is always kept verbatim."""

import re
from datetime import date
from typing import Final

from ai_usage.usage.instant import DAY, MINUTE, SECOND

EARLIEST: Final = -62_135_596_800 * SECOND
"""0001-01-01T00:00:00Z. An offset that leads out of the years 1 to 9999 makes a time unreadable."""
LATEST: Final = 253_402_300_800 * SECOND
"""The instant after the year 9999."""

_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)
_ORDINAL_1970: Final = 719_163
_HOURS_KEPT: Final = 20_000
_hours: dict[str, int] = {}
_CLOCK: Final = {f"{at // 60:02}:{at % 60:02}": at * SECOND for at in range(3600)}


def read_instant(text: str) -> int | None:
    """Read a time to microseconds since 1970-01-01T00:00:00Z; None when it is not RFC 3339.

    Digits beyond microseconds are cut off. A leap second (second 60) counts as second 59, so that it stays in
    the day that it ends.
    """
    # The three spellings that programs write: the hour is remembered, the rest of the clock is in a table.
    hour, clock = _hours.get(text[:14]), _CLOCK.get(text[14:19])
    if hour is None or clock is None:
        return _read_any(text)
    length = len(text)
    if length == 27 and text[19] == "." and text[26] == "Z":
        digits = text[20:26]
    elif length == 24 and text[19] == "." and text[23] == "Z":
        digits = text[20:23] + "000"
    elif length == 20 and text[19] == "Z":
        return hour + clock
    else:
        return _read_any(text)
    if digits.isdecimal() and digits.isascii():
        return hour + clock + int(digits)
    return _read_any(text)


def is_plain(text: str) -> bool:
    """Tell whether a valid time is in this program's own format, so that its text need not be stored."""
    length = len(text)
    if length == 27:
        plain = text[26] == "Z" and text[20:26] != "000000"
    else:
        plain = length == 20 and text[19] == "Z"
    return plain and text[10] == "T" and text[17] != "6"


def day_of(instant: int) -> int:
    """Return the number of the UTC day, counted from 1970-01-01."""
    return instant // DAY


def day_text(day: int) -> str:
    """Write the number of a UTC day as `YYYY-MM-DD`."""
    return date.fromordinal(day + _ORDINAL_1970).isoformat()


def read_day(text: str) -> int | None:
    """Read `YYYY-MM-DD` to the number of its UTC day; None if it is not a date."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is None:
        return None
    try:
        return date.fromisoformat(text).toordinal() - _ORDINAL_1970
    except ValueError:
        return None


def _read_any(text: str) -> int | None:
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    day_part, hour, minute, second, fraction, sign, offset_hour, offset_minute = match.groups()
    day = read_day(day_part)
    if day is None:
        return None
    at_hour = day * DAY + int(hour) * 60 * MINUTE
    if sign is None:
        if text[10] == "T":
            if len(_hours) >= _HOURS_KEPT:
                _hours.clear()
            _hours[text[:14]] = at_hour
    else:
        offset = (int(offset_hour) * 60 + int(offset_minute)) * MINUTE
        at_hour += offset if sign == "-" else -offset
    clock = int(minute) * MINUTE + min(int(second), 59) * SECOND
    instant = at_hour + clock + int((fraction or "")[:6].ljust(6, "0"))
    return instant if EARLIEST <= instant < LATEST else None
