"""Reads a drawn chart back: its text and colours alone tell how high each series is, and what a line stands for."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from rich.style import Style
from rich.text import Text

BLOCKS = " ▁▂▃▄▅▆▇█"
QUARTERS = {".": 2, "o": 4, "O": 6, "#": 8}
EMPTY = {" ", "▔", "-"}
UNITS = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


class Cell(NamedTuple):
    """One cell of a terminal."""

    sign: str
    colour: str
    ground: str


EIGHTH = Fraction(1, 8)
Costs = dict[str, list[int]]
"""By series, what each day cost, in cents."""
Heights = Mapping[str, Sequence[Fraction]]
"""By series, how high it is in each column, in lines."""


class Reading(NamedTuple):
    """What a picture says."""

    heights: Heights
    line: Fraction
    """What one line stands for: dollars or tokens."""
    width: int
    """Cells across a column."""


def cells_of(line: Text) -> list[Cell]:
    """Return the cells of a line."""
    styles = [Style.parse(str(line.style))] * len(line.plain)
    for span in line.spans:
        style = Style.parse(str(span.style))
        styles[span.start : span.end] = [each + style for each in styles[span.start : span.end]]
    return [
        Cell(sign, style.color.name if style.color else "", style.bgcolor.name if style.bgcolor else "")
        for sign, style in zip(line.plain, styles, strict=True)
    ]


def read_stack(lines: Sequence[Text], edges: Sequence[int]) -> Reading:
    """Read columns that stack their series; the legend says which colour and sign is whose."""
    first = next(at for at, line in enumerate(lines) if re.match(r" *[$\d.]+[kMBT]? [▔-]", line.plain))
    last = next(at for at, line in enumerate(lines) if re.match(r" *\$?0 [▔-]", line.plain))
    legend = _legend(lines[: _top(lines)])
    body = [cells_of(line)[9:] for line in lines[_top(lines) : last]]
    slots = list(pairwise(edges))
    width = max(sum(cell.sign not in EMPTY for cell in row[a:b]) for row in body for a, b in slots)
    heights = {name: [Fraction(0)] * len(slots) for name in legend.values()}
    for row in body:
        for at, (begin, end) in enumerate(slots):
            for cell in row[begin:end]:
                for name, eighths in _parts(cell, legend):
                    heights[name][at] += Fraction(eighths, 8 * width)
    return Reading(heights, _line(lines[first:last]), width)


def read_lanes(lines: Sequence[Text], edges: Sequence[int]) -> Reading:
    """Read lanes; each has its name beside it."""
    last = next(at for at, line in enumerate(lines) if re.match(r" *\$?0 [▔-]", line.plain))
    heights: dict[str, list[Fraction]] = {}
    name, width, per_line = "", 0, Fraction(0)
    for line in lines[:last]:
        match = re.match(r"(.{12}) ( *[$\d.]+[kMBT]?) [▔-]", line.plain)
        if match:
            name = match[1].strip()
            heights[name] = [Fraction(0)] * (len(edges) - 1)
        if not name:
            continue
        row = line.plain[22:].ljust(edges[-1])
        for at, (begin, end) in enumerate(pairwise(edges)):
            signs = [sign for sign in row[begin:end] if sign not in EMPTY]
            width = max(width, len(signs))
            if signs:
                assert set(signs) == {signs[0]}
                heights[name][at] += Fraction(QUARTERS.get(signs[0]) or BLOCKS.index(signs[0]), 8)
    starts = [
        at for at, line in enumerate(lines[:last]) if re.match(r".{12}  *[$\d.]+[kMBT]? [▔-]", line.plain)
    ]
    value = _value(re.split(r" [▔-]", lines[starts[0]].plain[12:])[0])
    per_line = value / ((starts[1] if len(starts) > 1 else last) - starts[0])
    return Reading(heights, per_line, width)


def _top(lines: Sequence[Text]) -> int:
    """Return the first line of columns: the axis has nothing but blanks or a figure in front of it."""
    return next(at for at, line in enumerate(lines) if re.match(r"( {9}|[ $\d.kMBT]{7} [▔-])", line.plain))


def _legend(lines: Sequence[Text]) -> dict[tuple[str, str], str]:
    """Return who has which sign and colour."""
    legend = {}
    for line in lines:
        cells = cells_of(line)
        for match in re.finditer(r"(\S) (\S.*?)(?=   |$)", line.plain):
            if not match[1].isalpha():
                legend[match[1], cells[match.start()].colour] = match[2].rstrip(" ─")
    return legend


def _parts(cell: Cell, legend: Mapping[tuple[str, str], str]) -> list[tuple[str, int]]:
    """Return the series of a cell, each with its eighths."""
    if cell.sign in EMPTY:
        return []
    by_colour = {colour: name for (_, colour), name in legend.items()}
    if cell.sign not in BLOCKS:
        assert (cell.sign, cell.colour) in legend, "a pattern of another series"
        return [(legend[cell.sign, cell.colour], 8)]
    eighths = BLOCKS.index(cell.sign)
    if eighths == 8:
        assert ("█", cell.colour) in legend, "solid, but the legend says a pattern"
    parts = [(by_colour[cell.colour], eighths)]
    return [*parts, (by_colour[cell.ground], 8 - eighths)] if cell.ground else parts


def _line(lines: Sequence[Text]) -> Fraction:
    """Return what a line stands for by the highest figure of the axis, which belongs to the upper edge of its line."""
    return _value(re.split(r" [▔-]", lines[0].plain)[0]) / len(lines)


def _value(text: str) -> Fraction:
    match = re.fullmatch(r"\$?([\d.,]+)([kMBT]?)", text.strip())
    assert match
    return Fraction(match[1].replace(",", "")) * UNITS[match[2]]


def allowed(amounts: Sequence[Fraction], width: int) -> list[Fraction]:
    """How far each series of one column may be off: an eighth, and where three meet in a line, part of a cell more.

    Args:
        amounts: from the bottom up, in lines.
        width: cells across the column.
    """
    ends = [Fraction(0)]
    for amount in amounts:
        ends.append(ends[-1] + amount)
    rounded = [Fraction(int(end * 8 + Fraction(1, 2)), 8) for end in ends]
    if ends[-1] and not rounded[-1]:
        rounded[-1] = EIGHTH
    off = [EIGHTH] * len(amounts)
    for floor in range(int(rounded[-1]) + 1):
        inside = [
            at
            for at, (low, high) in enumerate(pairwise(rounded))
            if low < floor + 1 and high > low and high > floor
        ]
        if len(inside) + (rounded[-1] < floor + 1) >= 3:
            for at in inside:
                off[at] += Fraction(1, width)
    return off


def compare(
    heights: Heights, line: Fraction, width: int, costs: Costs, order: Sequence[str], dollar: int = 100
) -> None:
    """Compare what was read with the figures, series by series and column by column."""
    for day in range(len(costs[order[0]])):
        amounts = [Fraction(costs[name][day], dollar) / line for name in order]
        read = [heights[name][day] if name in heights else Fraction(0) for name in order]
        for name, amount, height, off in zip(order, amounts, read, allowed(amounts, width), strict=True):
            assert abs(height - amount) <= off, (name, [float(each) for each in amounts], width)
        whole = heights["all"][day] if "all" in heights else sum(read, Fraction(0))
        assert abs(whole - sum(amounts, Fraction(0))) <= EIGHTH
        assert (whole > 0) == (sum(amounts) > 0)
