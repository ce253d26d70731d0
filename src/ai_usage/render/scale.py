"""Scales of axes: how much a line of a chart stands for, and which lines have a figure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

_STEPS: Final = (10, 20, 25, 50, 100)
"""Tenths of a power of ten that people count in."""
_FINE_STEPS: Final = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""The same where only a multiple of the step is shown."""
_MOST_TICKS: Final = 6
_FEWEST_TICKS: Final = 2
_GOOD_TICKS: Final = 3
_FEW: Final = 0.8
"""An axis with fewer figures than it should have is taken only where columns are then so much higher."""
EIGHTHS: Final = 8
"""A line is drawn to an eighth of its height."""


class Scale(NamedTuple):
    """An axis from zero upwards: so much a step, and so many lines to a step."""

    step: int
    apart: int
    height: int
    """Lines."""

    def eighths(self, amount: int, grain: int = 1) -> int:
        """Return how high an amount is, in eighths of a line.

        Args:
            amount: what is drawn.
            grain: how many eighths the least difference is that can be drawn.
        """
        whole = self.step * grain
        return (2 * amount * self.apart * EIGHTHS + whole) // (2 * whole) * grain

    def share(self, amount: int) -> float:
        """Return which part of the height an amount takes."""
        return amount * self.apart / (self.step * self.height)

    @property
    def ticks(self) -> Mapping[int, int]:
        """By line, counted from the bottom: what its upper edge stands for."""
        lines = range(self.apart, self.height + 1, self.apart)
        return {line - 1: line // self.apart * self.step for line in lines}


def scale_for(highest: int, heights: Iterable[int]) -> Scale:
    """Choose the axis on which the highest column, which is positive, is drawn as high as round figures allow.

    Args:
        highest: of all columns.
        heights: numbers of lines that the chart may have.
    """
    choices = [
        Scale(_round_step(-(-highest * apart // height)), apart, height)
        for height in heights
        for apart in _apart(height)
    ]

    def worth(scale: Scale) -> tuple[float, int, int]:
        few = len(scale.ticks) < min(_GOOD_TICKS, scale.height)
        return scale.share(highest) * (_FEW if few else 1), -scale.height, scale.apart

    return max(choices, key=worth)


def _apart(height: int) -> Iterator[int]:
    """Yield how many lines a step may have."""
    fewest = min(_FEWEST_TICKS, height)
    for apart in range(1, height + 1):
        if fewest <= height // apart <= _MOST_TICKS:
            yield apart


def lanes_for(highest: Sequence[int], height: int) -> tuple[int, list[int]]:
    """Divide lines between series that stand above one another on one scale.

    Args:
        highest: the highest amount of each series, all positive; no more of them than there are lines.
        height: lines in all.

    Returns:
        what a line stands for, and how many lines each series has: above its highest amount an eighth stays free.
    """
    step = 1
    while True:
        step = _round_step(step, _FINE_STEPS)
        lines = [Scale(step, 1, 1).eighths(amount) // EIGHTHS + 1 for amount in highest]
        if sum(lines) <= height:
            return step, lines
        step += 1


def _round_step(least: int, steps: Sequence[int] = _STEPS) -> int:
    """Return the smallest figure that people count in and that is not below a positive one."""
    power = 1
    while power * 10 < least:
        power *= 10
    whole = (tenths * power // 10 for tenths in steps if tenths * power % 10 == 0)
    return next(step for step in whole if step >= least)
