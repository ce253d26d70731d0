"""Scales of axes: the round figure above the highest column."""

from typing import Final

_ROUND: Final = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
"""Tenths of a power of ten that halve well."""


def nice_ceiling(highest: int) -> int:
    """Return a round figure that is at least as high as the highest column, which is positive."""
    power = 1
    while power * 10 < highest:
        power *= 10
    return next(ceiling for tenths in _ROUND if (ceiling := -(-tenths * power // 10)) >= highest)
