"""The cost of requests: the sums of one group times the rates that all of the group are billed at."""

from typing import Final

from ai_usage.pricing.price import Price
from ai_usage.usage.group import Group

PICO: Final = 10**12
"""Pico-USD in one USD."""


def cost(price: Price | None, group: Group) -> int | None:
    """Compute what a group costs, in pico-USD; None where no price is known.

    Two groups together cost exactly the sum of what each costs, however requests are grouped.

    Args:
        price: what `Catalog.price` answered for the group's model, vendor and UTC day.
        group: sums over requests that are alike in prompt class, speed, service tier and region.
    """
    if price is None:
        return None
    rates = price.rates_for(group.prompt_class, group.fast_tier, group.service_tier, group.region)
    return (
        group.input_tokens * rates.input
        + group.cache_read_input_tokens * rates.cache_read
        + group.cache_creation_5m_input_tokens * rates.cache_write_5m
        + group.cache_creation_1h_input_tokens * rates.cache_write_1h
        + group.output_tokens * rates.output
        + group.web_searches * price.web_search
    )
