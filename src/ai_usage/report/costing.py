"""The cost of a group of requests, by the chosen cost mode."""

from typing import Final

from ai_usage.pricing.catalog import Catalog
from ai_usage.pricing.price import Rates
from ai_usage.report.question import CostMode
from ai_usage.usage.group import NO_COST, POSITIVE_COST, Group
from ai_usage.usage.total import Total

LIST_PRICE_VENDORS: Final = frozenset({"claude", "omp", "opencode", "pi"})
"""Agents that record the cost of a request at list price, in USD; others record credits, plans or nothing."""


class Costing:
    """Turns groups into totals; computes the rates of each kind of group once, since reports have thousands."""

    def __init__(self, catalog: Catalog, mode: CostMode) -> None:
        self._catalog = catalog
        self._mode = mode
        self._rates: dict[tuple[object, ...], Rates] = {}
        self.unpriced_models: set[str] = set()
        """The models, as logged, with unpriced tokens so far."""

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
            group.reasoning_unknown_requests,
        )

    def _cost(self, group: Group) -> int | None:
        if self._mode is CostMode.DISPLAY:
            return None if group.cost_class == NO_COST else group.recorded_cost
        recorded = group.cost_class == POSITIVE_COST and group.vendor in LIST_PRICE_VENDORS
        if self._mode is CostMode.AUTO and recorded:
            return group.recorded_cost
        price = self._catalog.price(group.model, group.vendor, group.utc_day)
        if price is None:
            return None
        # The catalog keeps its prices alive, so that `id` identifies each; hashing a price takes longer than the sum.
        key = (id(price), group.prompt_class, group.fast_tier, group.service_tier, group.region)
        rates = self._rates.get(key)
        if rates is None:
            kind = (group.prompt_class, group.fast_tier, group.service_tier, group.region)
            rates = self._rates[key] = price.rates_for(*kind)
        return (
            group.input_tokens * rates.input
            + group.cache_read_input_tokens * rates.cache_read
            + group.cache_creation_5m_input_tokens * rates.cache_write_5m
            + group.cache_creation_1h_input_tokens * rates.cache_write_1h
            + group.output_tokens * rates.output
            + group.web_searches * price.web_search
        )
