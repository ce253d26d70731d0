"""A series: the usage of one agent, model or machine, point by point."""

from collections.abc import Sequence
from typing import NamedTuple

from ai_usage.render.hues import Fill


class Series(NamedTuple):
    """One series of a chart."""

    name: str
    fill: Fill
    amounts: Sequence[int]
    """One amount for each point."""
