"""The price of one model: the rate of each kind of token from one day on.

Rates are integers, pico-USD (1e-12 USD) per token, which is millionths of the usual USD per million tokens:
$3 per million tokens is the rate 3,000,000. So costs are sums of products of integers, and exact for any grouping.
"""

from typing import Final, NamedTuple

from ai_usage.usage.prompt_class import first_class_above

MILLIONTHS: Final = 1_000_000
"""Multipliers are integers too: millionths, so that 1.1x is 1,100,000."""

UNKNOWN_DAY: Final = -(10**6)
"""`Price.since` of a price whose first day is not known; it applies to all earlier days."""


class Rates(NamedTuple):
    """The price of a token of each kind, in pico-USD."""

    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int

    def scaled(self, factor: int) -> "Rates":
        """Multiply every rate by a factor in millionths; halves of a pico-USD are rounded up."""
        return Rates._make((rate * factor + MILLIONTHS // 2) // MILLIONTHS for rate in self)


class LongContext(NamedTuple):
    """The rates of **all** tokens of a request whose whole prompt exceeds a threshold."""

    above: int
    """Tokens."""
    rates: Rates


class Price(NamedTuple):
    """The price of one model from one UTC day on, until the next price of its history."""

    since: int
    """The first UTC day, in days since 1970-01-01; the first known price also applies to earlier days."""
    rates: Rates
    long_context: tuple[LongContext, ...] = ()
    """By threshold, ascending."""
    fast: int = MILLIONTHS
    """The multiplier of all rates in fast or priority mode."""
    batch: int = MILLIONTHS // 2
    flex: int = MILLIONTHS // 2
    us: int = MILLIONTHS
    """The multiplier of all rates for inference restricted to the United States."""
    web_search: int = 0
    """Pico-USD for one search."""
    origin: str = ""
    """The source of the price: the data set, the overlay, or the user's file."""

    def rates_for(
        self,
        prompt_class: int,
        fast_tier: int = -1,
        service_tier: str | None = None,
        region: str | None = None,
    ) -> Rates:
        """Return the rates at which a request of this kind is billed.

        Args:
            prompt_class: see `usage.prompt_class`.
            fast_tier: 1 for fast or priority mode; 0 and -1 (not known) are the standard one.
            service_tier: as logged; `batch` and `flex` have separate rates. `priority` has none here: at Anthropic
                it is capacity paid for in advance, without a list price, and where it is a more expensive mode, the
                record's `fast_tier` is 1.
            region: as logged; only `us` has a separate price.
        """
        rates = self.rates
        for tier in self.long_context:
            if prompt_class >= first_class_above(tier.above):
                rates = tier.rates
        if fast_tier == 1 and self.fast != MILLIONTHS:
            rates = rates.scaled(self.fast)
        if service_tier == "batch":
            rates = rates.scaled(self.batch)
        elif service_tier == "flex":
            rates = rates.scaled(self.flex)
        if region == "us" and self.us != MILLIONTHS:
            rates = rates.scaled(self.us)
        return rates
