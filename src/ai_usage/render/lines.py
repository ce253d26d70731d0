"""Lines through the points of several series, in dots of which a character cell has two by four."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from ai_usage.render.canvas import Canvas

_BRAILLE: Final = 0x2800
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot in a Braille character, by row from the top and by column."""
_WIDE: Final = 2
_HIGH: Final = 4
_ASCII_LINE: Final = "."
_MARK_EVERY: Final = 6
"""Marks stand at least so many cells apart."""

Cell = tuple[str, int | None]
"""A sign, and the place of its colour in the theme."""


def draw_lines(
    values: Sequence[Sequence[int]],
    hues: Sequence[int],
    ceiling: int,
    height: int,
    edges: Sequence[int],
    canvas: Canvas,
) -> list[Text]:
    """Draw a line for each series, rows from top to bottom; the first series lies on top.

    A series that is nothing but zeros has no line.

    Args:
        values: by series, one for each point.
        hues: the place of each series in the theme.
        ceiling: the value at the upper edge.
        height: rows.
        edges: the cell at which each point's place begins, and that after the last one.
        canvas: what to draw on.
    """
    cells: list[list[Cell]] = [[(" ", None)] * edges[-1] for _ in range(height)]
    for series in range(len(values) - 1, -1, -1):
        if any(values[series]):
            _draw(cells, values[series], hues[series], ceiling, edges, canvas)
    return [_row(row, canvas) for row in cells]


def _draw(
    cells: list[list[Cell]],
    values: Sequence[int],
    hue: int,
    ceiling: int,
    edges: Sequence[int],
    canvas: Canvas,
) -> None:
    height = len(cells)
    top = height * _HIGH - 1
    dots = [
        ((edge + after) * _WIDE // 2, top - (2 * value * top + ceiling) // (2 * ceiling))
        for value, edge, after in zip(values, edges, edges[1:], strict=False)
    ]
    masks: dict[tuple[int, int], int] = {}
    for one, other in zip(dots, dots[1:] or dots, strict=False):
        for x, y in _straight(one, other):
            at = (y // _HIGH, x // _WIDE)
            masks[at] = masks.get(at, 0) | _DOTS[y % _HIGH][x % _WIDE]
    for (row, column), mask in masks.items():
        cells[row][column] = (_ASCII_LINE if canvas.ascii_only else chr(_BRAILLE + mask), hue)
    mark = canvas.marks[hue % len(canvas.marks)]
    slot = edges[1] - edges[0]
    for x, y in dots[:: max(-(-_MARK_EVERY // slot), 1)]:
        cells[y // _HIGH][x // _WIDE] = (mark, hue)


def _straight(one: tuple[int, int], other: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the dots of a straight line, without a gap."""
    (x, y), (to_x, to_y) = one, other
    steps = max(abs(to_x - x), abs(to_y - y), 1)
    for step in range(steps + 1):
        yield x + (to_x - x) * step // steps, y + (to_y - y) * step // steps


def _row(row: Sequence[Cell], canvas: Canvas) -> Text:
    text = Text()
    for sign, hue in row:
        style = canvas.style(hue) if hue is not None else ""
        text.append(sign, style if canvas.colour else "")
    return text
