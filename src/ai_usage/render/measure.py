"""What the height of a column means: cost or tokens."""

from typing import Literal

from ai_usage.report.overview import Overview
from ai_usage.usage.total import Total

Measure = Literal["cost", "tokens"]


def measure_of(overview: Overview, wanted: Measure) -> Measure:
    """Return what a chart can show: tokens, where nothing has a known cost."""
    return "tokens" if wanted == "cost" and not overview.report.total.cost else wanted


def amount(total: Total, measure: Measure) -> int:
    """Return a total's cost in pico-USD, or its tokens."""
    return total.cost if measure == "cost" else total.total_tokens
