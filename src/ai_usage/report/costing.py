"""What a group of requests costs, by the cost mode that a person chose."""

from typing import Final

from ai_usage.pricing.catalog import Catalog
from ai_usage.pricing.price import Rates
from ai_usage.report.question import CostMode
from ai_usage.usage.group import NO_COST, POSITIVE_COST, Group
from ai_usage.usage.total import Total

LIST_PRICE_VENDORS: Final = frozenset({"claude", "omp", "opencode", "pi"})
"""Agents that record what a request costs at list price, in USD; others record credits, plans or nothing."""


class Costing:
    """Turns groups into totals. Prices are looked up once for each kind of group, since reports have thousands."""

    def __init__(self, catalog: Catalog, mode: CostMode) -> None:
        self._catalog = catalog
        self._mode = mode
        self._rates: dict[tuple[object, ...], tuple[Rates, int] | None] = {}
        self.unpriced_models: set[str] = set()
        """The models, as logged, of which some tokens have no cost so far."""

    def total_of(self, group: Group) -> Total:
        """Turn a group into a total."""
        cost = self._cost(group)
        tokens = (
            group.input_tokens
            + group.cache_read_input_tokens
            + group.cache_creation_5m_input_tokens
            + group.cache_creation_1h_input_tokens
            + group.output_tokens
        )
        if cost is None and tokens:
            self.unpriced_models.add(group.model)
        return Total(
            group.requests,
            group.input_tokens,
            group.cache_read_input_tokens,
            group.cache_creation_5m_input_tokens,
            group.cache_creation_1h_input_tokens,
            group.output_tokens,
            group.reasoning_output_tokens,
            cost or 0,
            0 if cost is None else group.requests,
            tokens if cost is None else 0,
        )

    def _cost(self, group: Group) -> int | None:
        if self._mode is CostMode.DISPLAY:
            return None if group.cost_class == NO_COST else group.recorded_cost
        recorded = group.cost_class == POSITIVE_COST and group.vendor in LIST_PRICE_VENDORS
        if self._mode is CostMode.AUTO and recorded:
            return group.recorded_cost
        key = (
            group.utc_day,
            group.model,
            group.prompt_class,
            group.fast_tier,
            group.service_tier,
            group.region,
            group.vendor,
        )
        try:
            found = self._rates[key]
        except KeyError:
            found = self._rates[key] = self._look_up(group)
        if found is None:
            return None
        rates, search_fee = found
        return (
            group.input_tokens * rates.input
            + group.cache_read_input_tokens * rates.cache_read
            + group.cache_creation_5m_input_tokens * rates.cache_write_5m
            + group.cache_creation_1h_input_tokens * rates.cache_write_1h
            + group.output_tokens * rates.output
            + group.web_searches * search_fee
        )

    def _look_up(self, group: Group) -> tuple[Rates, int] | None:
        price = self._catalog.price(group.model, group.vendor, group.utc_day)
        if price is None:
            return None
        rates = price.rates_for(group.prompt_class, group.fast_tier, group.service_tier, group.region)
        return rates, price.web_search
