"""What one request used and cost, as pi and Oh My Pi write it."""

from typing import Final

from ai_usage.sources.fields import count, usd
from ai_usage.sources.pi_format.lines import Cost, Lifetimes, Orchestration, Usage

_COST_TOLERANCE: Final = 0.01
"""The four parts of a cost are believed when they add up to its total within this share: logs round them."""

Counts = tuple[int, int, int, int, int]
"""Input, cache read, 5-minute write, 1-hour write and output of one request, disjoint."""


def read_counts(usage: Usage) -> Counts:
    """Read the disjoint counts; the provider's orchestration is billed on top."""
    extra = usage.orchestration or Orchestration()
    lifetimes = usage.cttl or Lifetimes()
    long = max(count(lifetimes.ephemeral1h), count(usage.cacheWrite1h))
    written = max(count(usage.cacheWrite), count(lifetimes.ephemeral5m) + long)
    return (
        count(count(usage.input) + count(extra.input)),
        count(count(usage.cacheRead) + count(extra.cacheRead)),
        written - long,
        long,
        count(count(usage.output) + count(extra.output)),
    )


def read_reasoning(usage: Usage, output: int) -> int | None:
    """Read how much of the output was thinking; None where the log does not say."""
    if usage.reasoning is None and usage.reasoningTokens is None:
        return None
    return min(count(usage.reasoning or usage.reasoningTokens), output)


def read_cost(cost: Cost | None) -> tuple[float | None, float | None, float | None, float | None]:
    """Input, output, cache read, cache write in USD, or None four times; a total alone stands as output."""
    if cost is None:
        return None, None, None, None
    total = usd(cost.total)
    given = [usd(part) for part in (cost.input, cost.output, cost.cacheRead, cost.cacheWrite)]
    parts = [part or 0.0 for part in given]
    if total is None and all(part is None for part in given):
        return None, None, None, None
    if total and abs(sum(parts) - total) > _COST_TOLERANCE * total:
        return 0.0, total, 0.0, 0.0
    return parts[0], parts[1], parts[2], parts[3]
