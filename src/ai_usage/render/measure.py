"""The measure of a column's height: cost or tokens."""

from typing import Literal

from ai_usage.report.overview import Overview
from ai_usage.usage.total import Total

Measure = Literal["cost", "tokens"]


def measure_of(overview: Overview, wanted: Measure) -> Measure:
    """Return the wanted measure, or tokens if no cost is known."""
    return "tokens" if wanted == "cost" and not overview.report.total.cost else wanted


def amount(total: Total, measure: Measure) -> int:
    """Return a total's cost in pico-USD, or its tokens."""
    return total.cost if measure == "cost" else total.total_tokens
