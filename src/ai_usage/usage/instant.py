"""Instants: integers, microseconds since 1970-01-01T00:00:00Z, and their formats in logs."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
DAY: Final = 86_400 * SECOND
EARLIEST: Final = 1_577_836_800 * SECOND
"""2020-01-01: no agent logged usage before it, so an earlier time in a log is a broken clock."""
LATEST: Final = 4_102_444_800 * SECOND
"""2100-01-01: a time in a log from then on is a broken clock, too."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_hours: dict[int, str] = {}
_clocks: dict[int, str] = {}
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII
)


def parse_instant(text: str) -> int | None:
    """Read an RFC 3339 time from a log; None if it is not one, or not from `EARLIEST` to `LATEST`.

    Digits beyond microseconds are cut off. A leap second counts as the second before it.
    """
    try:
        since = datetime.fromisoformat(text) - _EPOCH
    except (ValueError, TypeError):  # a time without a zone cannot be subtracted from
        return _parse_slowly(text)
    # Not `// _MICROSECOND`, which is slower: a cold run reads a hundred thousand times.
    instant = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
    return instant if EARLIEST <= instant < LATEST else None


def _parse_slowly(text: str) -> int | None:
    """Read what `datetime` refuses: lower-case letters, second 60, midnight as hour 24."""
    match = _ISO.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        at_minute = datetime(int(year), int(month), int(day), int(hour) % 24, int(minute), tzinfo=UTC)
    except ValueError:
        return None
    if int(hour) > 23 and text[11:19] != "24:00:00":
        return None
    if int(second) > 60:
        return None
    instant = (at_minute - _EPOCH) // _MICROSECOND + int(hour) // 24 * DAY
    if zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 23 or minutes > 59:
            return None
        offset = (hours * 60 + minutes) * MINUTE
        instant += offset if zone[0] == "-" else -offset
    instant += min(int(second), 59) * SECOND
    instant += int((fraction or "0")[:6].ljust(6, "0"))
    return instant if EARLIEST <= instant < LATEST else None


def from_number(number: float) -> int | None:
    """Read an epoch number; its size shows the unit: seconds, milli-, micro- or nanoseconds.

    None if it is not a time, or not from `EARLIEST` to `LATEST`.
    """
    if not 0 < number < 1e20:
        return None
    if number > 1e17:
        instant = int(number) // 1000
    elif number > 1e14:
        instant = int(number)
    elif number > 1e11:
        instant = round(number * 1000)
    else:
        instant = round(number * SECOND)
    return instant if EARLIEST <= instant < LATEST else None


def to_text(instant: int) -> str:
    """Write an instant in this program's format: microseconds and `Z`; no fraction when it is zero."""
    hour, rest = divmod(instant, 60 * MINUTE)
    begin = _hours.get(hour)
    if begin is None:
        if len(_hours) > 10_000:
            _hours.clear()
        moment = _EPOCH + timedelta(hours=hour)
        begin = _hours[hour] = moment.replace(tzinfo=None).isoformat()[:14]
    second, fraction = divmod(rest, SECOND)
    clock = _clocks.get(second)
    if clock is None:
        clock = _clocks[second] = f"{second // 60:02}:{second % 60:02}"
    if fraction >= 100_000:  # nine times in ten; no zeros to add
        return f"{begin}{clock}.{fraction}Z"
    return f"{begin}{clock}.{fraction:06}Z" if fraction else f"{begin}{clock}Z"


def to_datetime(instant: int) -> datetime:
    """Turn an instant into an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


def from_datetime(moment: datetime) -> int:
    """Turn an aware datetime into an instant."""
    return (moment - _EPOCH) // _MICROSECOND
