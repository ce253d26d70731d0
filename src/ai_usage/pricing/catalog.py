"""All prices that this machine knows, and the look-up of a model's price on a day."""

import os
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ai_usage.plain_file import read_plain
from ai_usage.pricing.aliases import ALIASES
from ai_usage.pricing.price import Price
from ai_usage.pricing.price_file import PACKAGED, PriceFile, to_day
from ai_usage.usage.model_name import candidates, display_name

if TYPE_CHECKING:
    from ai_usage.pricing.explanation import Explanation

History = tuple[Price, ...]


class Catalog:
    """Prices by model and day: the user's own, the packaged ones, and newer ones fetched since.

    Look-ups are exact: the user's file, then the name as logged, then the name with one part after another removed
    (provider, revision, date, effort), then the dated aliases. A model without a match is unpriced.
    """

    def __init__(
        self, models_toml: Path | None = None, overlay: Path | None = None, packaged: Path = PACKAGED
    ) -> None:
        """Keep the paths; price files are read at the first look-up.

        Args:
            models_toml: the user's file, which may be absent.
            overlay: prices fetched after the program's release (see `pricing.overlay`); may be absent.
            packaged: the prices in the program's package.

        Raises:
            UsageError: the user's file is not valid.
        """
        self._user_prices: Mapping[str, Price] = {}
        self._short_names: Mapping[str, str] = {}
        if models_toml is not None and os.path.lexists(models_toml):
            # The TOML parser is loaded only if the file exists.
            from ai_usage.pricing.user_file import read_user_file

            self._user_prices, self._short_names = read_user_file(models_toml)
        self._overlay_path = overlay
        self._packaged_path = packaged
        self._packaged: PriceFile | None = None
        self._overlay: PriceFile | None = None
        self._histories: dict[tuple[str, str], History] = {}
        self.warnings: list[str] = []
        """Problems with optional files; grows while prices are looked up."""

    def price(self, model: str, vendor: str, utc_day: int) -> Price | None:
        """Return the price of a model on a day, None if it is not known.

        Args:
            model: as in the record.
            vendor: the source that wrote the log.
            utc_day: days since 1970-01-01 of the record's time in UTC.
        """
        history = self._histories.get((model, vendor))
        if history is None:
            history = self._histories[model, vendor] = self._find(model)[-1]
        return _in_force(history, utc_day)

    def display_name(self, model: str) -> str:
        """Return a model's name in tables: the user's short name, else one derived from its id."""
        if self._short_names:
            for name in candidates(model):
                if name in self._short_names:
                    return self._short_names[name]
        return display_name(model)

    def explain(self, model: str, vendor: str, utc_day: int) -> "Explanation":
        """Explain which price applies to a model on a day, and how it was found."""
        from ai_usage.pricing.explanation import Explanation, Step

        name, alias, history = self._find(model)
        names = list(candidates(model))
        steps = [Step(form, alias=False) for form in names[: names.index(name) + 1 if name else None]]
        if alias:
            steps.append(Step(_target(name, utc_day), alias=True))
        price = self.price(model, vendor, utc_day)
        return Explanation(model, self.display_name(model), utc_day, tuple(steps), price, history)

    def _find(self, model: str) -> tuple[str, bool, History]:
        """Look a model up; return the form of its name that was found (or none), and whether it is an alias."""
        if self._user_prices:
            for name in candidates(model):
                if name in self._user_prices:
                    return name, False, (self._user_price(name),)
        for name in candidates(model):
            history = self._listed(name)
            if history:
                return name, False, history
        for name in candidates(model):
            if name in ALIASES:
                return name, True, self._behind_alias(name)
        return "", False, ()

    def _user_price(self, name: str) -> Price:
        """The user's rates, with the multipliers of the listed model of that name, if there is one."""
        price = self._user_prices[name]
        known = self._listed(name)
        if not known:
            return price
        return known[-1]._replace(
            since=price.since, rates=price.rates, long_context=price.long_context, origin=price.origin
        )

    def _behind_alias(self, alias: str) -> History:
        """Join the histories of the models behind an alias, each for its days."""
        joined: list[Price] = []
        days = [to_day(day) for day, _ in ALIASES[alias]]
        for (_, target), first, end in zip(ALIASES[alias], days, [*days[1:], None], strict=True):
            history = self._find(target)[-1]
            at_first = _in_force(history, first)
            if at_first is not None:
                joined.append(at_first._replace(since=first))
            joined += [
                price for price in history if price.since > first and (end is None or price.since < end)
            ]
        return tuple(joined)

    def _listed(self, name: str) -> History:
        """Look an id up in the packaged and the fetched prices."""
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
            return PriceFile(read_plain(self._overlay_path), "fetched")
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


def _in_force(history: History, utc_day: int) -> Price | None:
    """The price of a day; the first known price also covers earlier days."""
    if not history:
        return None
    return history[max(bisect_right(history, utc_day, key=_since) - 1, 0)]


def _since(price: Price) -> int:
    return price.since


def _target(alias: str, utc_day: int) -> str:
    """The model behind an alias on a day."""
    reached = [target for day, target in ALIASES[alias] if to_day(day) <= utc_day]
    return reached[-1] if reached else ALIASES[alias][0][1]
