"""Labels below a chart: when each of its points was, as often as there is room to say it."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from ai_usage.report.overview import Point
from ai_usage.usage.bucket import Unit

_HOUR_STEPS: Final = (1, 2, 3, 4, 6, 8, 12, 24)


def label_line(points: Sequence[Point], unit: Unit, edges: Sequence[int]) -> str:
    """Write when points were: at every one, or at every second, ..., as there is room."""
    steps = _HOUR_STEPS if unit is Unit.HOUR else range(1, len(points) + 1)
    lines = (_dates_at(points[::step], unit, edges[:-1:step], edges[-1]) for step in steps)
    return next((line for line in lines if line is not None), "")


def _dates_at(points: Sequence[Point], unit: Unit, places: Sequence[int], width: int) -> str | None:
    """Write a label for each of some points; None when one of them has no room.

    Args:
        points: those that get a label.
        unit: how long they are.
        places: the cell at which each begins.
        width: of the line.
    """
    text, month = "", ""
    for point, start in zip(points, places, strict=True):
        label, month = _date(point.bucket.name, unit, month)
        if text and len(text) >= start:
            return None
        if start and start + len(label) > width:
            break
        text = text.ljust(start) + label
    return text


def _date(name: str, unit: Unit, month: str) -> tuple[str, str]:
    """Shorten a bucket's name; the month is said where it begins.

    Returns:
        the label, and the month that it is in.
    """
    match unit:
        case Unit.HOUR:
            return f"{name[11:13]}h", ""
        case Unit.DAY:
            day = date.fromisoformat(name)
            return (f"{day:%b} {day.day}" if name[:7] != month else str(day.day)), name[:7]
        case Unit.WEEK:
            return (name[5:] if name[:4] == month else f"{name[:4]} {name[5:]}"), name[:4]
        case Unit.MONTH:
            begins = date.fromisoformat(f"{name}-01")
            return (f"{begins:%b}" if name[:4] == month else f"{begins:%b} {name[:4]}"), name[:4]
