"""Prices as a price file states them, before defaults are filled in; used to write price files.

An entry is one object of a model's list (see `price_file`), its numbers `Decimal`; `above` has thresholds in tokens
for keys. A history is a model's list, oldest entry first.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ai_usage.pricing.price_file import FORMAT

Entry = dict[str, Any]
Histories = dict[str, list[Entry]]

RATES: Final = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
EXTRAS: Final = ("fast", "flex", "batch", "us", "web_search")
_ORDER: Final = ("from", *RATES, "above", *EXTRAS, "origin")
_DEFAULTS: Final = {"fast": 1, "us": 1, "flex": Decimal("0.5"), "batch": Decimal("0.5"), "web_search": 0}


def rounded(number: object) -> Decimal:
    """Round a number to the six decimals of a price file."""
    return Decimal(str(number)).quantize(Decimal("0.000001"))


def stated(rates: Mapping[str, Any]) -> Entry:
    """Keep the rates that a list states; a cache write of 0 counts as not stated (see `complete`)."""
    return {
        kind: rounded(rate) for kind, rate in rates.items() if rate or (rate == 0 and "write" not in kind)
    }


def file_text(header: Mapping[str, Any], histories: Histories) -> str:
    """Write a price file: one line per model, sorted, so that the same prices give the same text."""
    lines = [f'"#":{json.dumps({"format": FORMAT, **header})}']
    lines += [
        f'"{model}":{history_text(histories[model])}' for model in sorted(histories) if histories[model]
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def same_price(one: Entry, other: Entry) -> bool:
    """Whether two entries are equal apart from their first day and origin."""
    apart = {"from": None, "origin": None}
    return _text(_ordered({**one, **apart})) == _text(_ordered({**other, **apart}))


def history_text(history: Sequence[Entry]) -> str:
    """Write a model's list on one line."""
    return "[" + ",".join(_text(_ordered(entry)) for entry in history) + "]"


def _ordered(entry: Entry) -> Entry:
    """Bring an entry into the file's order, without default values."""
    ordered: Entry = {}
    for key in _ORDER:
        value = entry.get(key)
        if key == "above":
            value = {str(above): _rates_in_order(entry[key][above]) for above in sorted(value or (), key=int)}
        if value not in (None, {}) and _DEFAULTS.get(key) != value:
            ordered[key] = value
    return ordered


def _rates_in_order(rates: Entry) -> Entry:
    return {kind: rates[kind] for kind in RATES if kind in rates}


def _text(value: object) -> str:
    """Write JSON with plain decimals, never as `1E+1`."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return json.dumps(value)
