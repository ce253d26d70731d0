"""The cost of requests: the sums of one group times the rates at which the group is billed."""

from typing import Final

from ai_usage.pricing.price import Price
from ai_usage.usage.group import Group

PICO: Final = 10**12
"""Pico-USD in one USD."""


def cost(price: Price | None, group: Group) -> int | None:
    """Compute the cost of a group in pico-USD; None if no price is known.

    The sum of the costs is exactly the same for any grouping of the requests.

    Args:
        price: the result of `Catalog.price` for the group's model, vendor and UTC day.
        group: sums over requests with the same prompt class, speed, service tier and region.
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
