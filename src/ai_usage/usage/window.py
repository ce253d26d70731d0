"""Windows: half-open spans of instants, and the forms in which a person writes one."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from ai_usage.errors import UsageError
from ai_usage.usage.instant import MINUTE, from_datetime

FOREVER: Final = 2**62
"""An instant after every record; its negative is before every record."""

_FIRST_SHOWN: Final = from_datetime(datetime(1, 1, 2, tzinfo=UTC))
_LAST_SHOWN: Final = from_datetime(datetime(9999, 12, 30, tzinfo=UTC))
"""The last instant that calendars of all zones can show."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\Z", re.ASCII)


class Window(NamedTuple):
    """A half-open span of instants (microseconds); None where it has no end on that side."""

    start: int | None = None
    end: int | None = None

    @property
    def span(self) -> tuple[int, int]:
        """The window with instants before and after every record for its open sides."""
        return (
            -FOREVER if self.start is None else self.start,
            FOREVER if self.end is None else self.end,
        )


EVERYTHING: Final = Window()


def last_days(count: int, now: int, zone: tzinfo) -> Window:
    """Return the window of the last local calendar days, today included.

    Raises:
        UsageError: fewer than one day.
    """
    if count < 1:
        raise UsageError(f"--days: {count} is too few; write 1 for today, 7 for the last week")
    today = local_date(now, zone)
    try:
        start = start_of_day(today - timedelta(days=count - 1), zone)
    except OverflowError:
        return Window(None, start_of_day(today + timedelta(days=1), zone))
    return Window(start, start_of_day(today + timedelta(days=1), zone))


def between(since: str | None, until: str | None, now: int, zone: tzinfo) -> Window:
    """Read inclusive bounds: a day stands for all of it, an instant in `until` for the end of its minute.

    Args:
        since: the first day or minute; see `day_word` for the words that name a day.
        until: the last one.
        now: the instant, which tells today.
        zone: of days and minutes.

    Raises:
        UsageError: a bound is not a time, or `since` is after `until`.
    """
    today = local_date(now, zone)
    start = None if since is None else _bound(since, "--since", today, zone)[0]
    end = None if until is None else _bound(until, "--until", today, zone)[1]
    if start is not None and end is not None and start >= end:
        raise UsageError(f"--since {since} is after --until {until}; the earlier one goes into --since")
    return Window(start, end)


def local_date(instant: int, zone: tzinfo) -> date:
    """Return the date that a calendar in the zone shows at an instant."""
    return to_local(instant, zone).date()


def to_local(instant: int, zone: tzinfo) -> datetime:
    """Turn an instant into the zone's local time; an instant outside all calendars becomes their first or last one."""
    shown = min(max(instant, _FIRST_SHOWN), _LAST_SHOWN)
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=shown)).astimezone(zone)


def start_of_day(day: date, zone: tzinfo) -> int:
    """Return the first instant of a local day; where clocks skip midnight it is the moment of the skip."""
    return _instant(datetime(day.year, day.month, day.day), zone)


def _bound(text: str, option: str, today: date, zone: tzinfo) -> tuple[int, int]:
    """Return the first instant of what a bound names, and the first one after it."""
    from ai_usage.usage.day_word import EXAMPLES, day_of, nearest_day  # most runs name no day

    try:
        day = day_of(text, today)
        if day is not None:
            if day == date.max:
                return FOREVER, FOREVER
            return start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
        if _INSTANT.match(text):
            wall = datetime.fromisoformat(text)
            return _instant(wall, zone), _instant(wall, zone, last=True) + MINUTE
    except (ValueError, OverflowError):
        pass
    raise UsageError(
        f"{option}: {text!r} is not a date; write {EXAMPLES}, or YYYY-MM-DDTHH:MM{nearest_day(text)}"
    )


def _instant(wall: datetime, zone: tzinfo, *, last: bool = False) -> int:
    """Return the instant at which clocks in the zone show a wall time, or pass it when they skip it.

    Args:
        wall: without a zone.
        last: of two such instants, the later one.
    """
    early = from_datetime(wall.replace(tzinfo=zone))
    late = from_datetime(wall.replace(tzinfo=zone, fold=1))
    if early <= late:
        return late if last else early
    before, after = late, early  # a gap: the change lies between the readings with the new and the old offset
    old = to_local(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if to_local(middle, zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
