"""Scales of axes: what the upper edge of a chart stands for, and which lines of it have a figure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

_ROUND: Final = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
"""Tenths of a power of ten that halve well."""

_STEPS: Final = (10, 20, 25, 50, 100)
"""Tenths of a power of ten that people count in."""
LOW: Final = 8
"""Charts of no more lines have two figures, those of more lines one every few lines."""
_FEWEST_LINES_APART: Final = 4
_MOST_LINES_APART: Final = 8
_FEW: Final = 24
"""So many figures more make an axis as bad as one that is twice as high as it need be."""


class Scale(NamedTuple):
    """An axis from zero upwards."""

    ceiling: int
    """What the upper edge of the highest line stands for."""
    ticks: Mapping[int, int]
    """By line, counted from the bottom: what its upper edge stands for."""


def scale_for(highest: int, height: int) -> Scale:
    """Choose the axis on which the highest column, which is positive, is as high as round figures let it be.

    Args:
        highest: of all columns.
        height: lines of the chart.
    """
    if height <= LOW:
        ceiling = nice_ceiling(highest)
        return Scale(ceiling, {line - 1: ceiling * line // height for line in (height // 2, height) if line})
    choices = []
    for apart in range(min(max(_MOST_LINES_APART, height // 5), height // 2), _FEWEST_LINES_APART - 1, -1):
        step = _nice_step(-(-highest * apart // height))
        choices.append((-(-step * height // apart), step, apart))
    ceiling, step, apart = min(choices, key=lambda choice: choice[0] * (_FEW + height // choice[2]))
    return Scale(ceiling, {line - 1: line // apart * step for line in range(apart, height + 1, apart)})


def _nice_step(least: int) -> int:
    """Return the smallest figure that people count in and that is not below a positive one."""
    power = 1
    while power * 10 < least:
        power *= 10
    whole = (tenths * power // 10 for tenths in _STEPS if tenths * power % 10 == 0)
    return next(step for step in whole if step >= least)


def nice_ceiling(highest: int) -> int:
    """Return a round figure that is at least as high as the highest column, which is positive."""
    power = 1
    while power * 10 < highest:
        power *= 10
    return next(ceiling for tenths in _ROUND if (ceiling := -(-tenths * power // 10)) >= highest)
