"""The cost of requests: counts of one group times the rates that all of the group are billed at."""

from typing import Final, NamedTuple

from ai_usage.pricing.price import Price

PICO: Final = 10**12
"""Pico-USD in one USD."""


class Counts(NamedTuple):
    """Sums over requests that are alike in model, UTC day, prompt class, speed, service tier and region."""

    input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_5m_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    output_tokens: int = 0
    web_searches: int = 0


def cost(
    price: Price | None,
    counts: Counts,
    prompt_class: int,
    fast_tier: int = -1,
    service_tier: str | None = None,
    region: str | None = None,
) -> int | None:
    """Compute what a group costs, in pico-USD; None where no price is known.

    Two groups together cost exactly the sum of what each costs, however requests are grouped.

    Args:
        price: what `Catalog.price` answered for the group's model and day.
        counts: the group's sums.
        prompt_class: the class of each single request of the group (see `usage.prompt_class`).
        fast_tier: as in the record: 1 for fast or priority mode.
        service_tier: as logged.
        region: as logged.
    """
    if price is None:
        return None
    rates = price.rates_for(prompt_class, fast_tier, service_tier, region)
    return (
        counts.input_tokens * rates.input
        + counts.cache_read_input_tokens * rates.cache_read
        + counts.cache_creation_5m_input_tokens * rates.cache_write_5m
        + counts.cache_creation_1h_input_tokens * rates.cache_write_1h
        + counts.output_tokens * rates.output
        + counts.web_searches * price.web_search
    )
