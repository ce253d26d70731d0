"""Lanes: series above one another, each with columns of its own, all on one scale.

Nothing is told by colour or pattern: a lane has its name beside it. So every series can be read to an eighth of a line
(a quarter in ASCII) however many there are, without colour too.
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
"""A lane has about so many lines where there is room for as many as there should be."""
_LINES_WITH_ALL: Final = 2
"""So many for each lane must there be for one that sums them up."""


def draw_lanes(
    series: Sequence[Series], room: int | None, measure: Measure, edges: Sequence[int], canvas: Canvas
) -> list[Text]:
    """Draw a lane for each series, the first at the top, and one for their sum above where there is room.

    Args:
        series: in their order.
        room: lines for all of them; None for as many as there should be.
        measure: what the amounts are.
        edges: the cell at which each point's place begins, and that after the last one.
        canvas: what to draw on.
    """
    shown = _folded(series, room)
    height = _LINES * (len(shown) + 1) if room is None else room
    if height >= _LINES_WITH_ALL * (len(shown) + 1):
        shown = [Series(_ALL, Fill(""), _sums(series)), *shown]
    step, heights = lanes_for([max(each.amounts) for each in shown], height)
    lines = []
    for each, lane_height in zip(shown, heights, strict=True):
        fill = Fill(each.fill.colour)  # its name tells it, not a pattern
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
    """Take the smallest series together where there are more of them than lines."""
    if room is None or len(series) <= room:
        return series
    weights = sorted((sum(each.amounts) for each in series if each.name != OTHERS), reverse=True)
    least = weights[room - 2] if room > 1 else weights[0] + 1
    kept = [each for each in series if each.name != OTHERS and sum(each.amounts) >= least][: room - 1]
    return [*kept, Series(OTHERS, Fill(""), _sums([each for each in series if each not in kept]))]


def _sums(series: Sequence[Series]) -> list[int]:
    return [sum(amounts) for amounts in zip(*(each.amounts for each in series), strict=True)]
