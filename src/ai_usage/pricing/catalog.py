"""All prices that this machine knows, and which of them a model's tokens cost on a day."""

import os
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from ai_usage.pricing.aliases import ALIASES
from ai_usage.pricing.price import Price
from ai_usage.pricing.price_file import PriceFile, to_day
from ai_usage.usage.model_name import candidates, display_name

PACKAGED: Final = Path(__file__).with_name("prices.json")
History = tuple[Price, ...]


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
    steps: tuple[Step, ...]
    """The ids that were looked up, the last one being the model whose price it is; where none is known, all."""
    price: Price | None
    history: History
    """All known prices under this name, oldest first; for a moving alias, those of the models behind it."""

    @property
    def until(self) -> int | None:
        """The day on which the next price began; None when the price still holds or none is known."""
        later = [price.since for price in self.history if price.since > self.utc_day]
        return later[0] if self.price is not None and later else None


class Catalog:
    """Prices by model and day: the user's own, those that came with the program, and newer ones fetched since.

    Look-ups are exact: the user's file, then the name as logged, then the same name with one thing after another
    taken off (provider, revision, date, effort), then the dated aliases. What none of them has is unpriced.
    """

    def __init__(
        self, models_toml: Path | None = None, overlay: Path | None = None, packaged: Path = PACKAGED
    ) -> None:
        """Name the files; price files are read when the first price is asked for.

        Args:
            models_toml: the user's file, which may be absent.
            overlay: prices that were fetched since the program was made (see `pricing.overlay`); may be absent.
            packaged: prices that came with the program.

        Raises:
            UsageError: the user's file is there but not right.
        """
        self._user_prices: Mapping[str, Price] = {}
        self._short_names: Mapping[str, str] = {}
        if models_toml is not None and os.path.lexists(models_toml):
            from ai_usage.pricing.user_file import (
                read_user_file,
            )  # a TOML parser, for the few who have the file

            self._user_prices, self._short_names = read_user_file(models_toml)
        self._overlay_path = overlay
        self._packaged_path = packaged
        self._packaged: PriceFile | None = None
        self._overlay: PriceFile | None = None
        self._histories: dict[tuple[str, str], History] = {}
        self.warnings: list[str] = []
        """What was wrong with files that are only a convenience; grows while prices are looked up."""

    def price(self, model: str, vendor: str, utc_day: int) -> Price | None:
        """Return what a model's tokens cost on a day, None when nobody knows.

        Args:
            model: as in the record.
            vendor: the source that wrote the log.
            utc_day: days since 1970-01-01 of the record's time in UTC.
        """
        history = self._histories.get((model, vendor))
        if history is None:
            history = self._histories[model, vendor] = self._find(model)[1]
        if not history:
            return None
        return history[max(bisect_right(history, utc_day, key=_since) - 1, 0)]

    def display_name(self, model: str) -> str:
        """Return how a model is called in tables: the user's own short name, else one derived from its id."""
        if self._short_names:
            for name in candidates(model):
                if name in self._short_names:
                    return self._short_names[name]
        return display_name(model)

    def explain(self, model: str, vendor: str, utc_day: int) -> Explanation:
        """Tell which price applies to a model on a day, and how it was found."""
        steps, history = self._find(model, utc_day)
        price = self.price(model, vendor, utc_day)
        return Explanation(model, self.display_name(model), utc_day, tuple(steps), price, history)

    def _find(self, model: str, utc_day: int | None = None) -> tuple[list[Step], History]:
        names = list(candidates(model))
        for index, name in enumerate(names):
            if name in self._user_prices:
                return _steps(names[: index + 1]), (self._user_price(name),)
        for index, name in enumerate(names):
            history = self._listed(name)
            if history:
                return _steps(names[: index + 1]), history
        for index, name in enumerate(names):
            if name in ALIASES:
                return self._through_alias(names[: index + 1], utc_day)
        return _steps(names), ()

    def _user_price(self, name: str) -> Price:
        """The user's rates, with the multipliers of the same model where it is a known one."""
        price = self._user_prices[name]
        known = self._listed(name)
        if not known:
            return price
        return known[-1]._replace(
            since=price.since, rates=price.rates, long_context=price.long_context, origin=price.origin
        )

    def _through_alias(self, names: list[str], utc_day: int | None) -> tuple[list[Step], History]:
        """Join the histories of the models behind an alias, each for the days on which it was behind it."""
        targets = [(to_day(day), target) for day, target in ALIASES[names[-1]]]
        joined: list[Price] = []
        answering = targets[0][1]
        for index, (first, target) in enumerate(targets):
            last = targets[index + 1][0] if index + 1 < len(targets) else None
            history = self._find(target)[1]
            if utc_day is not None and utc_day >= first:
                answering = target
            if history:
                start = max(bisect_right(history, first, key=_since) - 1, 0)
                for price in history[start:]:
                    since = max(price.since, first) if price is not history[start] else first
                    if last is None or since < last:
                        joined.append(price._replace(since=since))
        return [*_steps(names), Step(answering, alias=True)], tuple(joined)

    def _listed(self, name: str) -> History:
        """Look an id up in the packaged prices and in what was fetched since."""
        if self._packaged is None:
            self._packaged = PriceFile(self._packaged_path.read_bytes(), "ai-usage")
            self._overlay = self._read_overlay()
        packaged = self._packaged.history(name)
        if self._overlay is None:
            return packaged
        try:
            fetched = self._overlay.history(name)
        except ValueError:
            self._set_overlay_aside()
            return packaged
        if not packaged:
            return fetched
        return (*packaged, *(price for price in fetched if price.since > self._packaged.data_until))

    def _read_overlay(self) -> PriceFile | None:
        if self._overlay_path is None:
            return None
        try:
            return PriceFile(self._overlay_path.read_bytes(), "fetched")
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            self._set_overlay_aside()
            return None

    def _set_overlay_aside(self) -> None:
        self._overlay = None
        self.warnings.append(
            f"newer prices in {self._overlay_path} cannot be read and are not used; they will be fetched again"
        )


def _since(price: Price) -> int:
    return price.since


def _steps(names: list[str]) -> list[Step]:
    return [Step(name, alias=False) for name in names]
