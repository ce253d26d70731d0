"""Usage over time: stacked columns, or a lane of columns for each series."""

from collections.abc import Sequence
from typing import Final, Literal

from rich.text import Text

from ai_usage.render.axis import FIGURE_WIDTH, baseline, rule, side
from ai_usage.render.canvas import Canvas
from ai_usage.render.hues import fills_for, stacking_order
from ai_usage.render.labels import label_line
from ai_usage.render.lanes import NAME_WIDTH, draw_lanes
from ai_usage.render.legend import titled
from ai_usage.render.measure import Measure, amount, measure_of
from ai_usage.render.scale import scale_for
from ai_usage.render.series import Series
from ai_usage.render.stack import draw_columns
from ai_usage.report.overview import Overview, Point
from ai_usage.usage.total import Total
from ai_usage.usage.window import to_local

Style = Literal["columns", "lanes"]

_WIDEST_SLOT: Final = 20
_EVEN_SLOT: Final = 4
"""Narrower columns have equal gaps."""
_HEIGHTS: Final = (8, 9, 10)
"""The heights of a chart, in lines, when there is enough room."""
_LOW: Final = 6
"""A lower chart has no grid lines."""
_FOOT: Final = 2
"""Lines below the columns: the baseline and the labels."""
_NONE: Final = Total()


def needs_lanes(canvas: Canvas, style: Style, *, by_agent: bool) -> bool:
    """Tell whether each series needs a separate lane.

    A cell without colour shows either the height of a column or its series, never both; and series that share a hue
    need shades.

    Args:
        canvas: the canvas.
        style: the requested style.
        by_agent: whether the series are agents.
    """
    told_apart = canvas.shades or (canvas.colour and by_agent)
    return style == "lanes" or canvas.ascii_only or not told_apart


def most_points(width: int, *, lanes: bool) -> int:
    """Return the number of columns that fit into a chart of this width."""
    return max(width - FIGURE_WIDTH - 2 - (NAME_WIDTH + 1 if lanes else 0), 1)


def chart(
    overview: Overview,
    canvas: Canvas,
    lines: int | None = None,
    measure: Measure = "cost",
    style: Style = "columns",
) -> list[Text]:
    """Draw usage over time, lines from top to bottom; no lines without usage.

    Args:
        overview: the overview.
        canvas: the canvas.
        lines: the number of lines; None for the usual height.
        measure: the measure of heights.
        style: stacked columns, or a lane for each series.
    """
    measure = measure_of(overview, measure)
    names = sorted(overview.owners, key=lambda name: stacking_order(name, overview.owners[name]))
    used = [name for name in names if any(amount(total, measure) for total in _totals(overview.points, name))]
    if not used:
        return []
    lanes = len(used) > 1 and needs_lanes(canvas, style, by_agent=overview.by_agent)
    width = most_points(canvas.width, lanes=lanes)
    points = _until_now(overview)[-width:]
    edges = column_edges(len(points), width)
    fills = fills_for({name: overview.owners[name] for name in used}, canvas)
    series = [
        Series(name, fills[name], [amount(each, measure) for each in _totals(points, name)]) for name in used
    ]
    unpriced = [name for name in names if name not in used and _lacks_prices(overview.points, name)]
    legend = {} if lanes else {name: fills[name] for name in used}
    head = titled(_title(overview, points, measure), legend, unpriced, canvas)
    room = None if lines is None else max(lines - len(head) - _FOOT, 1)
    body = (draw_lanes if lanes else _stacked)(series, room, measure, edges, canvas)
    now = to_local(overview.report.question.now, overview.report.question.zone.rules)
    labels = label_line(points, overview.unit, edges, now)
    margin = canvas.width - width
    foot = [baseline(measure, margin, edges[-1], canvas), Text(" " * margin + labels, canvas.theme.faint)]
    return [*head, *body, *foot]


def _totals(points: Sequence[Point], name: str) -> list[Total]:
    """Return the usage of one series, by point."""
    return [dict(point.parts).get(name, _NONE) for point in points]


def _lacks_prices(points: Sequence[Point], name: str) -> bool:
    return any(total.unpriced_tokens for total in _totals(points, name))


def _until_now(overview: Overview) -> Sequence[Point]:
    """Leave out empty points in the future."""
    points, now = overview.points, overview.report.question.now
    last = max(at for at, point in enumerate(points) if point.bucket.start <= now or point.total.requests)
    return points[: last + 1]


def _title(overview: Overview, points: Sequence[Point], measure: Measure) -> str:
    """Return the title; if not all points fit into the width, it says how many are drawn."""
    title = f"{'Cost' if measure == 'cost' else 'Tokens'} by {overview.unit}"
    whole = points[0] is overview.points[0]
    return title if whole else f"{title}, the last {len(points)} {overview.unit}s"


def _stacked(
    series: Sequence[Series], room: int | None, measure: Measure, edges: Sequence[int], canvas: Canvas
) -> list[Text]:
    """Draw stacked columns with their axis."""
    stacks = [[(each.fill, each.amounts[at]) for each in series] for at in range(len(edges) - 1)]
    highest = max(sum(height for _, height in stack) for stack in stacks)
    scale = scale_for(highest, _HEIGHTS if room is None else (room,))
    lines = []
    for level, row in zip(
        range(scale.height - 1, -1, -1), draw_columns(stacks, scale, edges, canvas), strict=True
    ):
        if level in scale.ticks and scale.height >= _LOW and canvas.colour:
            rule(row, canvas)
        lines.append(Text.assemble(side(scale.ticks.get(level), measure, canvas), row))
        lines[-1].rstrip()
    return lines


def column_edges(count: int, width: int) -> list[int]:
    """Divide a width between points: the beginning of each, and the end of the last one.

    All are equally wide if a difference of one cell would be visible.
    """
    slot = min(max(width // count, 1), _WIDEST_SLOT)
    if slot < _EVEN_SLOT or slot == _WIDEST_SLOT:
        width = slot * count
    return [index * width // count for index in range(count + 1)]
