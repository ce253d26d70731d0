"""Columns that stack the amounts of several series, exact to an eighth of a line."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from rich.text import Text

from ai_usage.render.canvas import Canvas

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_FULL: Final = 8


class _Part(NamedTuple):
    """The part of one column between two heights, in eighths of a line."""

    series: int
    bottom: int
    top: int


def draw_columns(
    points: Sequence[Sequence[tuple[int, int]]],
    ceiling: int,
    height: int,
    edges: Sequence[int],
    canvas: Canvas,
) -> list[Text]:
    """Draw a column for each point, rows from top to bottom.

    Args:
        points: of each, from the bottom up, the place of a series in the theme and its amount.
        ceiling: the amount at the upper edge.
        height: rows.
        edges: the cell at which each point's place begins, and that after the last one.
        canvas: what to draw on.
    """
    columns = [_parts(amounts, ceiling, height) for amounts in points]
    slots = [after - edge for edge, after in pairwise(edges)]
    width = min(slots) - _gap(min(slots))
    return [
        Text.assemble(
            *(
                _cell(parts, level * _FULL, width, slot - width, canvas)
                for parts, slot in zip(columns, slots, strict=True)
            )
        )
        for level in range(height - 1, -1, -1)
    ]


def _gap(slot: int) -> int:
    """Return how much of a place stays empty between two columns."""
    return 0 if slot == 1 else 1 if slot < 8 else max(slot // 4, 2)


def _parts(amounts: Sequence[tuple[int, int]], ceiling: int, height: int) -> list[_Part]:
    """Stack the amounts of one point; the last eighth of whatever is there is always seen."""
    parts = []
    reached = bottom = 0
    for series, amount in amounts:
        reached += amount
        top = (2 * reached * height * _FULL + ceiling) // (2 * ceiling)
        if reached and not top:
            top = 1
        if top > bottom:
            parts.append(_Part(series, bottom, top))
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
    style = canvas.style(lower.series)
    if rest:
        return _EIGHTHS[lower.top], f"{style} on {canvas.style(rest[0].series)}"
    return _EIGHTHS[lower.top], style


def _plain(seen: Sequence[_Part], parts: Sequence[_Part], floor: int, canvas: Canvas) -> tuple[str, str]:
    """Fill a cell with the sign of its largest part; where there is only one series its height is exact."""
    top = seen[-1].top
    largest = max(seen, key=lambda part: part.top - part.bottom)
    style = canvas.style(largest.series) if canvas.colour else ""
    only_first = all(part.series == largest.series for part in parts)
    if only_first and not canvas.ascii_only:
        return _EIGHTHS[top], style
    if top < _FULL // 2 and floor > 0:
        return " ", ""
    return canvas.glyphs[largest.series % len(canvas.glyphs)], style
