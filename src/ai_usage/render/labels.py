"""Labels below a chart: the dates of its columns, as many as fit."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Final, NamedTuple

from ai_usage.report.overview import Point
from ai_usage.usage.bucket import Unit

_HOUR_STEPS: Final = (1, 2, 3, 4, 6, 8, 12, 24)
_APART: Final = 2
"""Cells between two labels."""
_WEEK: Final = 7


class _Label(NamedTuple):
    start: int
    text: str


def label_line(points: Sequence[Point], unit: Unit, edges: Sequence[int], now: datetime) -> str:
    """Write the dates of columns; each label is complete, and a column that is not over yet always has one.

    Args:
        points: the points of the chart.
        unit: the length of a point.
        edges: the cell at which each point begins, and the end of the last one.
        now: the local time.
    """
    last = _last(points[-1].bucket.name, unit, edges, now)
    room = last.start - _APART if last else edges[-1]
    for chosen in _choices(points, unit):
        labels = [
            _Label(edges[at], text)
            for at, text in zip(chosen, _texts([points[at] for at in chosen], unit, now.date()), strict=True)
        ]
        kept = [label for label in labels if label.start + len(label.text) <= room]
        if kept and all(one.start + len(one.text) + _APART <= two.start for one, two in pairwise(kept)):
            return _written([*kept, last] if last else kept)
    return _written([last]) if last else ""


def _choices(points: Sequence[Point], unit: Unit) -> Iterator[Sequence[int]]:
    """Yield the choices of points to label, the most labels first."""
    count = len(points)
    if unit is Unit.HOUR:
        for step in _HOUR_STEPS:
            yield [at for at, point in enumerate(points) if int(point.bucket.name[11:13]) % step == 0] or [0]
        return
    for step in range(1, max(count, _WEEK) + 1):
        if unit is Unit.DAY and step >= _WEEK:
            break
        yield range(0, count, step)
    if unit is Unit.DAY:
        mondays = [at for at, point in enumerate(points) if _day(point.bucket.name, unit).weekday() == 0]
        for step in range(1, len(mondays) + 1):
            yield mondays[::step]
    yield [0]


def _last(name: str, unit: Unit, edges: Sequence[int], now: datetime) -> _Label | None:
    """Label the last column if it is not over yet; the label ends at the column's end."""
    year, week, _ = now.isocalendar()
    present, text = {
        Unit.HOUR: (f"{now:%Y-%m-%dT%H}", "now"),
        Unit.DAY: (f"{now:%Y-%m-%d}", "today"),
        Unit.WEEK: (f"{year}-W{week:02}", "this week"),
        Unit.MONTH: (f"{now:%Y-%m}", "this month"),
    }[unit]
    if name != present:
        return None
    return _Label(max(min(edges[-2], edges[-1] - len(text)), 0), text)


def _written(labels: Sequence[_Label]) -> str:
    text = ""
    for label in labels:
        text = text.ljust(label.start) + label.text
    return text


def _texts(points: Sequence[Point], unit: Unit, today: date) -> Iterator[str]:
    """Yield labels; an hour gets its day, and a day its year, if it differs from the label before."""
    before = today
    for point in points:
        name = point.bucket.name
        day = _day(name, unit)
        if unit is Unit.HOUR:
            hour = f"{name[11:13]}:00"
            yield hour if day == before else f"{day:%b} {day.day}" + ("" if hour == "00:00" else f" {hour}")
        else:
            text = f"{day:%b}" if unit is Unit.MONTH else f"{day:%b} {day.day}"
            yield text if day.year == before.year else f"{text} {day.year}"
        before = day


def _day(name: str, unit: Unit) -> date:
    """Return the first day of a bucket."""
    match unit:
        case Unit.WEEK:
            return date.fromisocalendar(int(name[:4]), int(name[6:]), 1)
        case Unit.MONTH:
            return date.fromisoformat(f"{name}-01")
        case _:
            return date.fromisoformat(name[:10])
