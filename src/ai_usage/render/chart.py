"""Usage over time: stacked columns, an eighth of a line exact, or a line for each series."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from rich.text import Text

from ai_usage.render import figures
from ai_usage.render.canvas import Canvas
from ai_usage.render.harmless import harmless
from ai_usage.render.lines import draw_lines
from ai_usage.render.scale import LOW, scale_for
from ai_usage.report.overview import Overview, Point
from ai_usage.usage.bucket import Unit
from ai_usage.usage.total import Total

Measure = Literal["cost", "tokens"]
Style = Literal["columns", "lines"]

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_FULL: Final = 8
_WIDEST_SLOT: Final = 20
_EVEN_SLOT: Final = 4
"""Narrower columns have equal gaps."""
_RULE: Final = "┈"
_CENT: Final = 10**10
"""In pico-USD."""
_LABEL_WIDTH: Final = 7
_NONE: Final = Total()
_HOUR_STEPS: Final = (1, 2, 3, 4, 6, 8, 12, 24)


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


def chart(
    overview: Overview,
    canvas: Canvas,
    height: int = 8,
    measure: Measure = "cost",
    style: Style = "columns",
    hues: Sequence[int] | None = None,
) -> list[Text]:
    """Draw usage over time, lines from top to bottom; nothing when there was none.

    Args:
        overview: what to draw.
        canvas: what to draw on.
        height: lines of the columns, without the title, the axis and its labels.
        measure: what a height means.
        style: columns that stack the series, or a line for each of them.
        hues: the place of each series in the theme; None for their own order.
    """
    measure = measure_of(overview, measure)
    count = _count(measure)
    points = overview.points[-most_points(canvas.width) :]
    highest = max((_highest(point, count, style) for point in points), default=0)
    if not highest:
        return []
    ceiling, ticks = scale_for(highest, height)
    edges = _edges(len(points), most_points(canvas.width))
    places = dict(zip(overview.series, hues or range(len(overview.series)), strict=True))
    lines = [_title(overview, canvas, measure, style, places)]
    if style == "lines":
        values = [[count(dict(point.parts).get(name, _NONE)) for point in points] for name in overview.series]
        rows = draw_lines(values, list(places.values()), ceiling, height, edges, canvas)
    else:
        columns = [_parts(point, places, count, ceiling, height) for point in points]
        slots = [after - edge for edge, after in pairwise(edges)]
        width = min(slots) - _gap(min(slots))
        rows = [
            Text.assemble(
                *(
                    _cell(parts, level * _FULL, width, slot - width, canvas)
                    for parts, slot in zip(columns, slots, strict=True)
                )
            )
            for level in range(height - 1, -1, -1)
        ]
    for level, row in zip(range(height - 1, -1, -1), rows, strict=True):
        if level in ticks and height > LOW and canvas.colour:
            _rule(row, canvas)
        lines.append(Text.assemble(_axis(ticks.get(level), canvas, measure), row))
        lines[-1].rstrip()
    corner, dash = ("+", "-") if canvas.ascii_only else ("└", "─")
    lines.append(Text(f"{'':{_LABEL_WIDTH}} {corner}{dash * edges[-1]}", canvas.theme.faint))
    lines.append(Text(" " * (_LABEL_WIDTH + 2) + _dates(points, overview.unit, edges), canvas.theme.faint))
    return lines


def _edges(count: int, width: int) -> list[int]:
    """Divide a width between points: where each begins, and the end of the last one.

    All are equally wide where one cell more or less would be seen.
    """
    slot = min(max(width // count, 1), _WIDEST_SLOT)
    if slot < _EVEN_SLOT or slot == _WIDEST_SLOT:
        width = slot * count
    return [index * width // count for index in range(count + 1)]


def _gap(slot: int) -> int:
    """Return how much of a place stays empty between two columns."""
    return 0 if slot == 1 else 1 if slot < 8 else max(slot // 4, 2)


def _rule(row: Text, canvas: Canvas) -> None:
    """Draw a line behind the columns."""
    empty = [place for place, sign in enumerate(row.plain) if sign == " "]
    row.plain = row.plain.replace(" ", _RULE)
    for place in empty:
        row.stylize(f"{canvas.theme.faint} dim", place, place + 1)


def _count(measure: Measure) -> Callable[[Total], int]:
    return (lambda total: total.cost) if measure == "cost" else (lambda total: total.total_tokens)


def _highest(point: Point, count: Callable[[Total], int], style: Style) -> int:
    if style == "columns":
        return count(point.total)
    return max((count(total) for _, total in point.parts), default=0)


def _title(
    overview: Overview, canvas: Canvas, measure: Measure, style: Style, places: Mapping[str, int]
) -> Text:
    title = Text.assemble(
        (f"{'Cost' if measure == 'cost' else 'Tokens'} by {overview.unit}", canvas.theme.heading)
    )
    for name, index in places.items():
        if style == "lines":
            glyph = canvas.marks[index % len(canvas.marks)]
        else:
            glyph = canvas.glyphs[index % len(canvas.glyphs) if canvas.patterned else 0]
        legend = Text.assemble("   ", (glyph, _style(index, canvas)), f" {harmless(name)}")
        if title.cell_len + legend.cell_len <= canvas.width:
            title.append_text(legend)
    return title


def _style(series: int, canvas: Canvas) -> str:
    return canvas.theme.series[series % len(canvas.theme.series)]


def _axis(value: int | None, canvas: Canvas, measure: Measure) -> Text:
    """Write the axis of one line, with a figure where it has one."""
    label = "" if value is None else _figure(value, measure)
    tick = ("+" if label else "|") if canvas.ascii_only else ("┤" if label else "│")
    return Text(f"{label:>{_LABEL_WIDTH}} {tick}", canvas.theme.faint)


def _figure(value: int, measure: Measure) -> str:
    """Write a figure of the axis; parts of a cent are no rounding errors there."""
    if measure == "tokens":
        return figures.tokens(value)
    exact = f"${value / 10**12:.6f}".rstrip("0")
    return exact if value % _CENT and len(exact) <= _LABEL_WIDTH else figures.usd_short(value)


def _parts(
    point: Point, places: Mapping[str, int], count: Callable[[Total], int], ceiling: int, height: int
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
            parts.append(_Part(places[name], bottom, top))
            bottom = top
    return parts


def _cell(parts: Sequence[_Part], floor: int, width: int, gap: int, canvas: Canvas) -> Text:
    """Draw one line of one column.

    Args:
        parts: the column, from the bottom up.
        floor: the height of the line's lower edge, in eighths of a line.
        width: of the column, in cells.
        gap: after it.
        canvas: what to draw on.
    """
    seen = [
        _Part(part.series, max(part.bottom - floor, 0), min(part.top - floor, _FULL))
        for part in parts
        if part.bottom < floor + _FULL and part.top > floor
    ]
    if not seen:
        return Text(" " * (width + gap))
    if not canvas.patterned and not canvas.ascii_only:
        sign, style = _coloured(seen, canvas)
    else:
        sign, style = _plain(seen, parts, floor, canvas)
    return Text.assemble((sign * width, style), " " * gap)


def _coloured(seen: Sequence[_Part], canvas: Canvas) -> tuple[str, str]:
    """Fill a cell with its two largest parts: a block in one colour on a ground of the other."""
    largest = sorted(seen, key=lambda part: part.bottom - part.top)[:2]
    lower, *rest = sorted(largest, key=lambda part: part.bottom)
    style = _style(lower.series, canvas)
    if rest:
        return _EIGHTHS[lower.top], f"{style} on {_style(rest[0].series, canvas)}"
    return _EIGHTHS[lower.top], style


def _plain(seen: Sequence[_Part], parts: Sequence[_Part], floor: int, canvas: Canvas) -> tuple[str, str]:
    """Fill a cell with the sign of its largest part; where there is only one series its height is exact."""
    top = seen[-1].top
    largest = max(seen, key=lambda part: part.top - part.bottom)
    style = _style(largest.series, canvas) if canvas.colour else ""
    only_first = all(part.series == largest.series for part in parts)
    if only_first and not canvas.ascii_only:
        return _EIGHTHS[top], style
    if top < _FULL // 2 and floor > 0:
        return " ", ""
    return canvas.glyphs[largest.series % len(canvas.glyphs)], style


def _dates(points: Sequence[Point], unit: Unit, edges: Sequence[int]) -> str:
    """Write under the columns when they were: at every point, or at every second, ..., as there is room."""
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
