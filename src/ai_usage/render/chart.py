"""Usage over time: an axis, columns or lines, and labels below."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from rich.text import Text

from ai_usage.render import figures
from ai_usage.render.canvas import Canvas
from ai_usage.render.harmless import harmless
from ai_usage.render.labels import label_line
from ai_usage.render.lines import draw_lines
from ai_usage.render.scale import LOW, scale_for
from ai_usage.render.stack import draw_columns
from ai_usage.report.overview import Overview, Point
from ai_usage.usage.total import Total

Measure = Literal["cost", "tokens"]
Style = Literal["columns", "lines"]

_WIDEST_SLOT: Final = 20
_EVEN_SLOT: Final = 4
"""Narrower columns have equal gaps."""
_RULE: Final = "┈"
_CENT: Final = 10**10
"""In pico-USD."""
_LABEL_WIDTH: Final = 7
_NONE: Final = Total()


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
        amounts = [[(places[name], count(total)) for name, total in point.parts] for point in points]
        rows = draw_columns(amounts, ceiling, height, edges, canvas)
    for level, row in zip(range(height - 1, -1, -1), rows, strict=True):
        if level in ticks and height > LOW and canvas.colour:
            _rule(row, canvas)
        lines.append(Text.assemble(_axis(ticks.get(level), canvas, measure), row))
        lines[-1].rstrip()
    corner, dash = ("+", "-") if canvas.ascii_only else ("└", "─")
    lines.append(Text(f"{'':{_LABEL_WIDTH}} {corner}{dash * edges[-1]}", canvas.theme.faint))
    lines.append(
        Text(" " * (_LABEL_WIDTH + 2) + label_line(points, overview.unit, edges), canvas.theme.faint)
    )
    return lines


def _edges(count: int, width: int) -> list[int]:
    """Divide a width between points: where each begins, and the end of the last one.

    All are equally wide where one cell more or less would be seen.
    """
    slot = min(max(width // count, 1), _WIDEST_SLOT)
    if slot < _EVEN_SLOT or slot == _WIDEST_SLOT:
        width = slot * count
    return [index * width // count for index in range(count + 1)]


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
        legend = Text.assemble("   ", (glyph, canvas.style(index)), f" {harmless(name)}")
        if title.cell_len + legend.cell_len <= canvas.width:
            title.append_text(legend)
    return title


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
