"""Explain a model's price: the price that applies, how it was found, and earlier and later prices."""

from typing import NamedTuple

from ai_usage.pricing.price import Price


class Step(NamedTuple):
    """One id that was looked up on the way to a price."""

    model: str
    """In lower case."""
    alias: bool
    """Whether the id before it is an alias of this model."""


class Explanation(NamedTuple):
    """Which price applies to a model on a day, and how it was found."""

    model: str
    """The requested name."""
    display_name: str
    utc_day: int
    """In days since 1970-01-01."""
    steps: tuple[Step, ...]
    """The ids that were looked up; the last one has the price, if one is known."""
    price: Price | None
    history: tuple[Price, ...]
    """All known prices under this name, oldest first; for an alias, the prices of the models behind it."""

    @property
    def until(self) -> int | None:
        """The day on which the next price begins; None without a price or a next one."""
        if self.price is None:
            return None
        begun = max(self.utc_day, self.price.since)
        return next((price.since for price in self.history if price.since > begun), None)
