"""Explained prices: the rates, their source, their first day, and the names that were looked up."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ai_usage.pricing.cost import PICO
from ai_usage.pricing.explanation import Explanation
from ai_usage.pricing.price import MILLIONTHS, UNKNOWN_DAY, Price, Rates
from ai_usage.pricing.price_file import from_day
from ai_usage.render import figures
from ai_usage.render.as_json import SCHEMA_VERSION
from ai_usage.render.canvas import Canvas
from ai_usage.render.harmless import harmless
from ai_usage.render.table import ASCII_RULES, RULES

_KINDS = ("input", "output", "cache read", "5-min write", "1-hour write")
_MODES = ("fast", "batch", "flex", "us")


def prices_document(found: Sequence[Explanation]) -> dict[str, Any]:
    """Turn explanations into their document; rates are USD per million tokens."""
    return {"schema_version": SCHEMA_VERSION, "prices": [_document(each) for each in found]}


def _document(found: Explanation) -> dict[str, Any]:
    price = found.price
    return {
        "model": found.model,
        "display_name": found.display_name,
        "date": from_day(found.utc_day).isoformat(),
        "looked_up": [step.model for step in found.steps],
        "price": None if price is None else _price_document(price) | {"until": _until(found)},
        "history": [_price_document(each) for each in found.history],
    }


def _price_document(price: Price) -> dict[str, Any]:
    return {
        "since": _day(price.since),
        "origin": price.origin,
        "usd_per_million_tokens": _rates_document(price.rates),
        "long_context": [
            {"above_tokens": tier.above, "usd_per_million_tokens": _rates_document(tier.rates)}
            for tier in price.long_context
        ],
        "multipliers": {name: getattr(price, name) / MILLIONTHS for name in ("fast", "batch", "flex", "us")},
        "usd_per_web_search": price.web_search / PICO,
    }


def _rates_document(rates: Rates) -> dict[str, float]:
    return {name: rate / MILLIONTHS for name, rate in rates._asdict().items()}


def price_page(found: Explanation, models_toml: Path) -> RenderableType:
    """Lay out the explanation of one model's price."""
    name = harmless(found.model)
    way = " > ".join(harmless(step.model) + (" (alias)" if step.alias else "") for step in found.steps)
    if found.price is None:
        quoted = harmless(json.dumps(found.model, ensure_ascii=False))  # TOML escapes as JSON does
        return Group(
            Text(f"{name} is unpriced: no price is known under this name."),
            Text(f"looked up   {way}"),
            Text(f"remedy      add [pricing.{quoted}] to {models_toml}"),
        )
    price = found.price
    facts = [("holds", _period(found)), ("from", harmless(price.origin)), ("looked up", way)]
    factors = {mode: getattr(price, mode) for mode in _MODES}
    modes = [f"{mode} x{factor / MILLIONTHS:g}" for mode, factor in factors.items() if factor != MILLIONTHS]
    if price.web_search:
        facts.insert(0, ("web search", f"${price.web_search / PICO:g} each"))
    if modes:
        facts.insert(0, ("modes", ", ".join(modes)))
    return Group(
        Text(f"{harmless(found.display_name)} ({name}), USD per million tokens"),
        Text(),
        *map(Text, _rate_lines(price)),
        Text(),
        *(Text(f"{label:<12}{fact}") for label, fact in facts),
        *_history_lines(found),
    )


def _history_lines(found: Explanation) -> list[Text]:
    """Write the earlier and later prices, if there are any."""
    if len(found.history) < 2:
        return []
    return [
        Text(
            f"{'history' if index == 0 else '':<12}{_day(price.since) or 'always':<12}"
            f"input {_rate(price.rates.input)}  output {_rate(price.rates.output)}"
        )
        for index, price in enumerate(found.history)
    ]


def _rate_lines(price: Price) -> list[str]:
    """Write one rate per line, with the rates of long prompts beside it."""
    columns = [("", price.rates), *((f"above {tier.above:,}", tier.rates) for tier in price.long_context)]
    lines = [f"{'prompt':<14}" + "".join(f"{title:>16}" for title, _ in columns)] if columns[1:] else []
    for index, kind in enumerate(_KINDS):
        lines.append(f"{kind:<14}" + "".join(f"{_rate(rates[index]):>16}" for _, rates in columns))
    return lines


def price_table(found: Sequence[Explanation], canvas: Canvas) -> RenderableType:
    """Lay out the prices of several models as a table."""
    if not found:
        return Text("No usage so far; `ai-usage prices MODEL` explains the price of a model.")
    kinds = _KINDS if canvas.width >= 100 else _KINDS[:3] if canvas.width >= 70 else _KINDS[:2]
    origins = canvas.width >= 76
    table = Table(
        box=ASCII_RULES if canvas.ascii_only else RULES,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style=canvas.theme.heading,
        border_style=canvas.theme.faint,
    )
    table.add_column("model", overflow="ellipsis", no_wrap=True, min_width=16)
    for kind in kinds:
        table.add_column(kind, justify="right", no_wrap=True)
    table.add_column("since", no_wrap=True)
    if origins:
        table.add_column("from", no_wrap=True)
    for each in found:
        cells = [harmless(each.model)]
        if each.price is None:
            cells += [figures.UNPRICED, *[figures.UNKNOWN] * (len(kinds) + 1)]
        else:
            cells += map(_rate, each.price.rates[: len(kinds)])
            cells += [_day(each.price.since) or "always", harmless(each.price.origin.partition(":")[0])]
        table.add_row(*map(Text, cells if origins else cells[:-1]))
    return table


def _rate(rate: int) -> str:
    """Write a rate, USD per million tokens, with at least two decimals."""
    whole, _, decimals = f"{rate / MILLIONTHS:.6f}".rstrip("0").partition(".")
    return f"{whole}.{decimals:0<2}"


def _period(found: Explanation) -> str:
    since = _day(found.price.since) if found.price else None
    text = "always" if since is None else f"since {since}"
    return text if found.until is None else f"{text}, until {_until(found)}"


def _until(found: Explanation) -> str | None:
    return None if found.until is None else _day(found.until)


def _day(day: int) -> str | None:
    return None if day == UNKNOWN_DAY else from_day(day).isoformat()
