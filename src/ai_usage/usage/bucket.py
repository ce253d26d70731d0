"""Buckets: a window cut into local hours, days, ISO weeks or months, each with its name."""

from collections.abc import Callable
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from ai_usage.usage.instant import EARLIEST, LATEST, MINUTE
from ai_usage.usage.window import local_date, start_of_day, to_local

_QUARTER = 15 * MINUTE


class Unit(StrEnum):
    """How long a bucket is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Bucket(NamedTuple):
    """A half-open span of instants (microseconds) with a name: `2026-11-22T14`, `2026-11-22`, `2026-W47`, `2026-11`."""

    name: str
    start: int
    end: int


def cut(start: int, end: int, unit: Unit, zone: tzinfo) -> list[Bucket]:
    """Cut a span into buckets that touch one another and cover it; the first and last may be cut short.

    Times before any agent existed or far in the future get no separate buckets: the first and the last contain them.
    """
    if start >= end:
        return []
    first = min(max(start, EARLIEST), LATEST - 1)
    buckets = _cut(first, min(max(end, first + 1), LATEST), unit, zone)
    buckets[0] = buckets[0]._replace(start=start)
    buckets[-1] = buckets[-1]._replace(end=end)
    return buckets


def _cut(start: int, end: int, unit: Unit, zone: tzinfo) -> list[Bucket]:
    if unit is Unit.HOUR:
        return _hours(start, end, zone)
    begins: dict[Unit, tuple[Callable[[date], date], Callable[[date], date], Callable[[date], str]]] = {
        Unit.DAY: (lambda day: day, lambda day: day + timedelta(days=1), date.isoformat),
        Unit.WEEK: (
            lambda day: day - timedelta(days=day.weekday()),
            lambda day: day + timedelta(days=7),
            _week,
        ),
        Unit.MONTH: (lambda day: day.replace(day=1), _next_month, lambda day: f"{day:%Y-%m}"),
    }
    first_day, following, name = begins[unit]
    buckets = []
    day = first_day(local_date(start, zone))
    begin = start_of_day(day, zone)
    while begin < end:
        after = following(day)
        finish = start_of_day(after, zone)
        if max(begin, start) < min(finish, end):
            buckets.append(Bucket(name(day), max(begin, start), min(finish, end)))
        day, begin = after, finish
    return buckets


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _hours(start: int, end: int, zone: tzinfo) -> list[Bucket]:
    """Cut at every full hour of the wall clock; offsets are multiples of a quarter hour, so each quarter is checked."""
    buckets: list[Bucket] = []
    begin = start
    while begin < end:
        local = to_local(begin, zone)
        finish = min(end, begin - begin % _QUARTER + _QUARTER)
        if buckets and buckets[-1].name == f"{local:%Y-%m-%dT%H}":
            buckets[-1] = buckets[-1]._replace(end=finish)
        else:
            buckets.append(Bucket(f"{local:%Y-%m-%dT%H}", begin, finish))
        begin = finish
    return buckets
