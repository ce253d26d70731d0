"""A series: what one agent, model or machine used, point by point."""

from collections.abc import Sequence
from typing import NamedTuple

from ai_usage.render.hues import Fill


class Series(NamedTuple):
    """One series of a chart."""

    name: str
    fill: Fill
    amounts: Sequence[int]
    """One for each point."""
