"""Why a model costs what it costs: the price that applies, how it was found, and what came before and after."""

from typing import NamedTuple

from ai_usage.pricing.price import Price


class Step(NamedTuple):
    """One id that was looked up on the way to a price."""

    model: str
    """In lower case."""
    alias: bool
    """Whether the id before it is only a name for this model."""


class Explanation(NamedTuple):
    """Which price applies to a model on a day, and how it was found."""

    model: str
    """As asked for."""
    display_name: str
    utc_day: int
    """In days since 1970-01-01."""
    steps: tuple[Step, ...]
    """The ids that were looked up, the last one being the model whose price it is; where none is known, all."""
    price: Price | None
    history: tuple[Price, ...]
    """All known prices under this name, oldest first; for a name that moves on, those of the models behind it."""

    @property
    def until(self) -> int | None:
        """The day on which the next price began; None when the price still holds or none is known."""
        if self.price is None:
            return None
        begun = max(self.utc_day, self.price.since)
        return next((price.since for price in self.history if price.since > begun), None)
