"""The axes of a chart: figures at the left of its lines, and the baseline of its columns."""

import re
from typing import Final

from rich.text import Text

from ai_usage.render import figures
from ai_usage.render.canvas import Canvas
from ai_usage.render.measure import Measure

FIGURE_WIDTH: Final = 7
_EDGE: Final = "▔"
"""A mark at the upper edge of a line, where the columns of the line above begin."""
_CENT: Final = 10**10
"""In pico-USD."""


def side(value: int | None, measure: Measure, canvas: Canvas) -> Text:
    """Write the axis of one line; its figure refers to the line's upper edge, where the mark is."""
    label = "" if value is None else _figure(value, measure)
    mark = " " if value is None else _edge(canvas)
    return Text(f"{label:>{FIGURE_WIDTH}} {mark}", canvas.theme.faint)


def baseline(measure: Measure, margin: int, width: int, canvas: Canvas) -> Text:
    """Draw the baseline of columns.

    Args:
        measure: the measure of the axis.
        margin: cells to the left of the columns.
        width: the width of all columns.
        canvas: the canvas.
    """
    label = f"{'$0' if measure == 'cost' else '0':>{margin - 2}} "
    return Text(label + _edge(canvas) * (width + 1), canvas.theme.faint)


def rule(row: Text, canvas: Canvas) -> None:
    """Draw a grid line behind columns, at the upper edge of their line."""
    for gap in re.finditer(" +", row.plain):
        row.stylize(canvas.theme.line, *gap.span())
    row.plain = row.plain.replace(" ", _edge(canvas))


def _edge(canvas: Canvas) -> str:
    return "-" if canvas.ascii_only else _EDGE


def _figure(value: int, measure: Measure) -> str:
    """Write a figure of the axis; it may have fractions of a cent."""
    if measure == "tokens":
        return figures.tokens(value).replace(".0", "")
    exact = f"${value / 10**12:.6f}".rstrip("0")
    return exact if value % _CENT and len(exact) <= FIGURE_WIDTH else figures.usd_short(value)
