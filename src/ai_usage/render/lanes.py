"""Lanes: each series has separate columns, one series above the other, all on one scale.

Lanes need no colours or patterns: each has its name beside it. So every series can be read to an eighth of a line (a
quarter in ASCII), without colour too.
"""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from ai_usage.render.axis import rule, side
from ai_usage.render.canvas import Canvas
from ai_usage.render.harmless import harmless
from ai_usage.render.hues import Fill
from ai_usage.render.measure import Measure
from ai_usage.render.scale import Scale, lanes_for
from ai_usage.render.series import Series
from ai_usage.render.stack import draw_columns
from ai_usage.report.overview import OTHERS

NAME_WIDTH: Final = 12
_ALL: Final = "all"
_LINES: Final = 3
"""The usual number of lines of a lane, when there is enough room."""
_LINES_WITH_ALL: Final = 2
"""A lane for the sum is drawn if each lane has at least this many lines."""


def draw_lanes(
    series: Sequence[Series], room: int | None, measure: Measure, edges: Sequence[int], canvas: Canvas
) -> list[Text]:
    """Draw a lane for each series, the first at the top, and a lane for their sum above if there is room.

    Args:
        series: the series, in order.
        room: the lines for all lanes; None for the usual height.
        measure: the measure of the amounts.
        edges: the cell at which each point begins, and the end of the last one.
        canvas: the canvas.
    """
    shown = _folded(series, room)
    height = _LINES * (len(shown) + 1) if room is None else room
    if height >= _LINES_WITH_ALL * (len(shown) + 1):
        shown = [Series(_ALL, Fill(""), _sums(series)), *shown]
    step, heights = lanes_for([max(each.amounts) for each in shown], height)
    lines = []
    for each, lane_height in zip(shown, heights, strict=True):
        fill = Fill(each.fill.colour)  # its name identifies it, so it needs no pattern
        rows = draw_columns(
            [[(fill, amount)] for amount in each.amounts], Scale(step, 1, lane_height), edges, canvas
        )
        if canvas.colour:
            rule(rows[0], canvas)
        for index, row in enumerate(rows):
            name = Text(harmless(each.name) if index == 0 else "", fill.colour)
            name.truncate(NAME_WIDTH, overflow="crop" if canvas.ascii_only else "ellipsis", pad=True)
            top = side(lane_height * step if index == 0 else None, measure, canvas)
            lines.append(Text.assemble(name, " ", top, row))
            lines[-1].rstrip()
    return lines


def _folded(series: Sequence[Series], room: int | None) -> Sequence[Series]:
    """Combine the smallest series if there are more series than lines."""
    if room is None or len(series) <= room:
        return series
    weights = sorted((sum(each.amounts) for each in series if each.name != OTHERS), reverse=True)
    least = weights[room - 2] if room > 1 else weights[0] + 1
    kept = [each for each in series if each.name != OTHERS and sum(each.amounts) >= least][: room - 1]
    return [*kept, Series(OTHERS, Fill(""), _sums([each for each in series if each not in kept]))]


def _sums(series: Sequence[Series]) -> list[int]:
    return [sum(amounts) for amounts in zip(*(each.amounts for each in series), strict=True)]
