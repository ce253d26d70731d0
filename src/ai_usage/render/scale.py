"""Scales of axes: the amount that a line of a chart represents, and the lines that have a figure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

_STEPS: Final = (10, 20, 25, 50, 100)
"""Round steps, in tenths of a power of ten."""
_FINE_STEPS: Final = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""Steps for a chart that shows only a multiple of the step."""
_MOST_TICKS: Final = 6
_FEWEST_TICKS: Final = 2
_GOOD_TICKS: Final = 3
_FEW: Final = 0.8
"""The factor for an axis with few figures: it is chosen only if columns get higher by more than this."""
EIGHTHS: Final = 8
"""Columns are drawn to an eighth of a line."""


class Scale(NamedTuple):
    """An axis from zero upwards: the amount of a step, and the lines per step."""

    step: int
    apart: int
    height: int
    """Lines."""

    def eighths(self, amount: int, grain: int = 1) -> int:
        """Return the height of an amount, in eighths of a line.

        Args:
            amount: the amount.
            grain: the smallest difference that can be drawn, in eighths.
        """
        whole = self.step * grain
        return (2 * amount * self.apart * EIGHTHS + whole) // (2 * whole) * grain

    def share(self, amount: int) -> float:
        """Return the part of the height that an amount takes."""
        return amount * self.apart / (self.step * self.height)

    @property
    def ticks(self) -> Mapping[int, int]:
        """The amount at a line's upper edge, by line, counted from the bottom."""
        lines = range(self.apart, self.height + 1, self.apart)
        return {line - 1: line // self.apart * self.step for line in lines}


def scale_for(highest: int, heights: Iterable[int]) -> Scale:
    """Choose the axis with round figures on which the highest column, which is positive, is as high as possible.

    Args:
        highest: the amount of the highest column.
        heights: the possible numbers of lines.
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
    """Yield the possible numbers of lines per step."""
    fewest = min(_FEWEST_TICKS, height)
    for apart in range(1, height + 1):
        if fewest <= height // apart <= _MOST_TICKS:
            yield apart


def lanes_for(highest: Sequence[int], height: int) -> tuple[int, list[int]]:
    """Divide lines between series that are drawn above one another on one scale.

    Args:
        highest: the highest amount of each series, all positive; at most as many series as lines.
        height: the number of all lines.

    Returns:
        The amount of a line, and the number of lines of each series; an eighth stays free above its highest amount.
    """
    step = 1
    while True:
        step = _round_step(step, _FINE_STEPS)
        lines = [Scale(step, 1, 1).eighths(amount) // EIGHTHS + 1 for amount in highest]
        if sum(lines) <= height:
            return step, lines
        step += 1


def _round_step(least: int, steps: Sequence[int] = _STEPS) -> int:
    """Return the smallest round figure that is not below a positive one."""
    power = 1
    while power * 10 < least:
        power *= 10
    whole = (tenths * power // 10 for tenths in steps if tenths * power % 10 == 0)
    return next(step for step in whole if step >= least)
