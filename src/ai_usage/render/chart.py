"""Usage over time as stacked columns, a part for each vendor, an eighth of a line exact."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from rich.text import Text

from ai_usage.render import figures
from ai_usage.render.canvas import Canvas
from ai_usage.render.harmless import harmless
from ai_usage.render.scale import nice_ceiling
from ai_usage.report.overview import Overview, Point
from ai_usage.usage.bucket import Unit
from ai_usage.usage.total import Total

Measure = Literal["cost", "tokens"]

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_FULL: Final = 8
_WIDEST_SLOT: Final = 10
_LABEL_WIDTH: Final = 7


class _Part(NamedTuple):
    """The part of one column between two heights, in eighths of a line."""

    series: int
    bottom: int
    top: int


def measure_of(overview: Overview, wanted: Measure) -> Measure:
    """Return what a chart can show: tokens, where nothing has a known cost."""
    return "tokens" if wanted == "cost" and not overview.report.total.cost else wanted


def most_points(width: int) -> int:
    """Return how many columns a chart of this width has room for."""
    return max(width - _LABEL_WIDTH - 2, 1)


def chart(overview: Overview, canvas: Canvas, height: int = 8, measure: Measure = "cost") -> list[Text]:
    """Draw usage over time, lines from top to bottom; nothing when there was none.

    Args:
        overview: what to draw.
        canvas: what to draw on.
        height: lines of the columns, without the title, the axis and its labels.
        measure: what the height of a column means.
    """
    measure = measure_of(overview, measure)
    count = _count(measure)
    points = overview.points[-most_points(canvas.width) :]
    highest = max((count(point.total) for point in points), default=0)
    if not highest:
        return []
    ceiling = nice_ceiling(highest)
    slot = min(max((canvas.width - _LABEL_WIDTH - 2) // len(points), 1), _WIDEST_SLOT)
    columns = [_parts(point, overview.series, count, ceiling, height) for point in points]
    lines = [_title(overview, canvas, measure)]
    for level in range(height - 1, -1, -1):
        cells = (_cell(parts, level * _FULL, slot, canvas) for parts in columns)
        lines.append(Text.assemble(_axis(level, height, ceiling, canvas, measure), *cells))
        lines[-1].rstrip()
    corner, dash = ("+", "-") if canvas.ascii_only else ("└", "─")
    lines.append(Text(f"{'':{_LABEL_WIDTH}} {corner}{dash * (slot * len(points))}", canvas.theme.faint))
    lines.append(Text(" " * (_LABEL_WIDTH + 2) + _dates(points, overview.unit, slot), canvas.theme.faint))
    return lines


def _count(measure: Measure) -> Callable[[Total], int]:
    return (lambda total: total.cost) if measure == "cost" else (lambda total: total.total_tokens)


def _title(overview: Overview, canvas: Canvas, measure: Measure) -> Text:
    title = Text.assemble(
        (f"{'Cost' if measure == 'cost' else 'Tokens'} by {overview.unit}", canvas.theme.heading)
    )
    for index, name in enumerate(overview.series):
        glyph = canvas.glyphs[0] if canvas.colour else canvas.glyphs[index % len(canvas.glyphs)]
        legend = Text.assemble("   ", (glyph, _style(index, canvas)), f" {harmless(name)}")
        if title.cell_len + legend.cell_len <= canvas.width:
            title.append_text(legend)
    return title


def _style(series: int, canvas: Canvas) -> str:
    return canvas.theme.series[series % len(canvas.theme.series)]


def _axis(level: int, height: int, ceiling: int, canvas: Canvas, measure: Measure) -> Text:
    """Write the axis of one line, with a figure at the top, in the middle, and at the bottom."""
    label = ""
    if level == height - 1 or level == height // 2 - 1:
        value = ceiling * (level + 1) // height
        label = figures.usd_short(value) if measure == "cost" else figures.tokens(value)
    tick = ("+" if label else "|") if canvas.ascii_only else ("┤" if label else "│")
    return Text(f"{label:>{_LABEL_WIDTH}} {tick}", canvas.theme.faint)


def _parts(
    point: Point, series: Sequence[str], count: Callable[[Total], int], ceiling: int, height: int
) -> list[_Part]:
    """Stack the parts of one point; the last eighth of whatever is there is always seen."""
    parts = []
    amount = bottom = 0
    for name, total in point.parts:
        amount += count(total)
        top = (2 * amount * height * _FULL + ceiling) // (2 * ceiling)
        if amount and not top:
            top = 1
        if top > bottom:
            parts.append(_Part(series.index(name), bottom, top))
            bottom = top
    return parts


def _cell(parts: Sequence[_Part], floor: int, slot: int, canvas: Canvas) -> Text:
    """Draw one line of one column.

    Args:
        parts: the column, from the bottom up.
        floor: the height of the line's lower edge, in eighths of a line.
        slot: the width of the column and the gap after it.
        canvas: what to draw on.
    """
    gap = 0 if slot == 1 else 1 if slot < 8 else 2
    seen = [
        _Part(part.series, max(part.bottom - floor, 0), min(part.top - floor, _FULL))
        for part in parts
        if part.bottom < floor + _FULL and part.top > floor
    ]
    if not seen:
        return Text(" " * slot)
    if canvas.colour and not canvas.ascii_only:
        sign, style = _coloured(seen, canvas)
    else:
        sign, style = _plain(seen, parts, floor, canvas), ""
    return Text.assemble((sign * (slot - gap), style), " " * gap)


def _coloured(seen: Sequence[_Part], canvas: Canvas) -> tuple[str, str]:
    """Fill a cell with its two largest parts: a block in one colour on a ground of the other."""
    largest = sorted(seen, key=lambda part: part.bottom - part.top)[:2]
    lower, *rest = sorted(largest, key=lambda part: part.bottom)
    style = _style(lower.series, canvas)
    if rest:
        return _EIGHTHS[lower.top], f"{style} on {_style(rest[0].series, canvas)}"
    return _EIGHTHS[lower.top], style


def _plain(seen: Sequence[_Part], parts: Sequence[_Part], floor: int, canvas: Canvas) -> str:
    """Fill a cell with the sign of its largest part; where there is only one series its height is exact."""
    top = seen[-1].top
    largest = max(seen, key=lambda part: part.top - part.bottom)
    only_first = all(part.series == 0 for part in parts)
    if only_first and not canvas.ascii_only:
        return _EIGHTHS[top]
    if top < _FULL // 2 and floor > 0:
        return " "
    return canvas.glyphs[largest.series % len(canvas.glyphs)]


def _dates(points: Sequence[Point], unit: Unit, slot: int) -> str:
    """Write under the columns when they were, as often as there is room."""
    text = ""
    month = ""
    for index, point in enumerate(points):
        label, month = _date(point.bucket.name, unit, month)
        start = index * slot
        room_after = len(points) * slot - start
        if label and start >= len(text) + (1 if text else 0) and len(label) <= max(room_after, slot):
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
