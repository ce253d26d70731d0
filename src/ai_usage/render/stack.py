"""Columns that stack the amounts of several series, exact to an eighth of a line.

A cell of a terminal shows one character in one colour on a background of one colour. So it can show the border of two
series, or the end of the column, with an eighth block in the colour of the lower part. If three parts meet in one cell
(two series and the end of the column, or three series), the series are drawn side by side: the cells across the column
are divided between them, the largest remainders first, and each is as high as the column. A series is then wrong by
less than the height of the column in that line, divided by the number of cells.
"""

from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Final, NamedTuple

from rich.text import Text

from ai_usage.render.canvas import Canvas
from ai_usage.render.hues import Fill
from ai_usage.render.scale import EIGHTHS, Scale

_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_ASCII_BLOCKS: Final = " ..ooOO##"
_ASCII_GRAIN: Final = 2
"""ASCII characters show a quarter of a line at best."""


class _Part(NamedTuple):
    """The part of one column between two heights, in eighths of a line."""

    fill: Fill
    bottom: int
    top: int


def draw_columns(
    points: Sequence[Sequence[tuple[Fill, int]]], scale: Scale, edges: Sequence[int], canvas: Canvas
) -> list[Text]:
    """Draw a column for each point, lines from top to bottom.

    Args:
        points: for each point, from the bottom up, the fill and the amount of each series.
        scale: the scale of the axis.
        edges: the cell at which each point begins, and the end of the last one.
        canvas: the canvas.
    """
    grain = _ASCII_GRAIN if canvas.ascii_only else 1
    columns = [_parts(amounts, scale, grain) for amounts in points]
    slots = [after - edge for edge, after in pairwise(edges)]
    width = min(slots) - _gap(min(slots))
    lines = []
    for level in range(scale.height - 1, -1, -1):
        line = Text()
        for parts, slot in zip(columns, slots, strict=True):
            for sign, style in _cells(_seen(parts, level * EIGHTHS), width, canvas):
                line.append(sign, style)
            line.append(" " * (slot - width))
        lines.append(line)
    return lines


def _gap(slot: int) -> int:
    """Return the number of empty cells between two columns."""
    return 0 if slot == 1 else 1 if slot < 8 else max(slot // 4, 2)


def _parts(amounts: Sequence[tuple[Fill, int]], scale: Scale, grain: int) -> list[_Part]:
    """Stack the amounts of one point; every positive amount is visible."""
    parts: list[_Part] = []
    reached = bottom = 0
    for fill, amount in amounts:
        reached += amount
        top = scale.eighths(reached, grain)
        if top > bottom:
            parts.append(_Part(fill, bottom, top))
            bottom = top
    if reached and not parts:
        return [_Part(max(amounts, key=itemgetter(1))[0], 0, grain)]
    return parts


def _seen(parts: Sequence[_Part], floor: int) -> list[_Part]:
    """Return the parts of a column on one line, from the line's lower edge.

    Args:
        parts: the column, from the bottom up.
        floor: the height of the line's lower edge, in eighths of a line.
    """
    return [
        part._replace(bottom=max(part.bottom - floor, 0), top=min(part.top - floor, EIGHTHS))
        for part in parts
        if part.bottom < floor + EIGHTHS and part.top > floor
    ]


def _cells(seen: Sequence[_Part], width: int, canvas: Canvas) -> list[tuple[str, str]]:
    """Draw one line of one column: characters with their styles."""
    if not seen:
        return [(" " * width, "")]
    top = seen[-1].top
    if len(seen) == 2 and top == EIGHTHS:
        lower, upper = seen
        return [(_BLOCKS[lower.top] * width, f"{lower.fill.colour} on {upper.fill.colour}")]
    shares = shared(width, [part.top - part.bottom for part in seen])
    return [
        (_sign(part.fill, top, canvas) * share, part.fill.colour)
        for part, share in zip(seen, shares, strict=True)
        if share
    ]


def _sign(fill: Fill, eighths: int, canvas: Canvas) -> str:
    """Return the character for a cell that is filled to this height."""
    if canvas.ascii_only:
        return _ASCII_BLOCKS[eighths]
    return fill.sign if eighths == EIGHTHS else _BLOCKS[eighths]


def shared(cells: int, sizes: Sequence[int]) -> list[int]:
    """Divide cells in proportion to sizes; the largest remainders get the rest, the lower part first if equal."""
    whole = sum(sizes)
    shares = [cells * size // whole for size in sizes]
    rest = sorted(range(len(sizes)), key=lambda at: (-(cells * sizes[at] % whole), at))
    for at in rest[: cells - sum(shares)]:
        shares[at] += 1
    return shares
