"""A price file: JSON with one line per model, so that a look-up parses one line.

```json
{
"#": {"format": 1, "data_until": "2026-10-26", "sources": {...}},
"claude-opus-4-6": [{"from": "2026-02-05", "input": 5, "output": 25, ...}, {"from": "2026-03-13", ...}],
...
}
```

Rates are USD per million tokens, `web_search` is USD per thousand searches, the other numbers are multipliers.
Numbers have at most six decimals, so that all of them are whole millionths. What a price does not state follows
from what it states (see `complete`).
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from ai_usage.pricing.price import MILLIONTHS, UNKNOWN_DAY, LongContext, Price, Rates

PACKAGED: Final = Path(__file__).with_name("prices.json")
"""The prices in the program's package."""
FORMAT: Final = 1
SEARCHES: Final = 1000
"""Fees for web searches are stated per thousand."""

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_IN_IDS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._:@/+-")
_LARGEST_EXPONENT: Final = 12


def is_id(model: str) -> bool:
    """Whether a price file can contain this name: lower case, no characters that JSON would escape."""
    return 0 < len(model) <= 256 and _IN_IDS.issuperset(model)


class PriceFile:
    """The prices of one file; a line is parsed when its model is looked up."""

    def __init__(self, content: bytes, origin: str) -> None:
        """Read the header of a file's bytes.

        Raises:
            ValueError: it is not a price file in a format that this program knows.
        """
        self._content = content
        self._origin = origin
        header = self._line("#")
        if not content.endswith(b"\n}\n") or not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ValueError("not a file of prices, or not a whole one")
        self.header: Mapping[str, Any] = header

    @property
    def data_until(self) -> int:
        """The day up to which the data is complete, in days since 1970-01-01."""
        return to_day(str(self.header.get("data_until")))

    def history(self, model: str) -> tuple[Price, ...]:
        """Return the prices of a model over time, empty if the file does not have it.

        Args:
            model: the id in lower case.

        Raises:
            ValueError: the model's line is damaged.
        """
        if not is_id(model):
            return ()
        entries = self._line(model)
        if entries is None:
            return ()
        if not isinstance(entries, list):
            raise _damaged(model)
        prices = (parse_price(entry, model, self._origin) for entry in entries)
        return tuple(sorted(prices, key=lambda price: price.since))

    def models(self) -> list[str]:
        """Return the ids of all models, sorted."""
        return [key for key in json.loads(self._content) if key != "#"]

    def _line(self, key: str) -> object:
        start = self._content.find(b'\n"%b":' % key.encode())
        if start < 0:
            return None
        start += len(key) + 4
        end = self._content.find(b"\n", start)
        line = self._content[start:end].strip().removesuffix(b",")
        try:
            return json.loads(line, parse_float=_millionths, parse_int=_header_or_millionths(key))
        except RecursionError as error:
            raise _damaged(key) from error


def _header_or_millionths(key: str) -> Callable[[str], int]:
    return int if key == "#" else _millionths


def _millionths(text: str) -> int:
    """Turn the text of a JSON number into whole millionths; finer digits are rounded, halves up."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    shift = 6 + int(exponent or 0) - len(fraction)
    if text.startswith("-") or abs(shift) > _LARGEST_EXPONENT + len(fraction):
        raise ValueError(f"not a price: {text}")
    digits = int(whole + fraction)
    power: int = 10 ** abs(shift)
    return digits * power if shift >= 0 else (2 * digits + power) // (2 * power)


def _damaged(model: str) -> ValueError:
    return ValueError(f"a damaged price of {model}")


def to_day(text: str) -> int:
    """Turn `YYYY-MM-DD` into days since 1970-01-01."""
    return date.fromisoformat(text).toordinal() - _EPOCH_ORDINAL


def from_day(day: int) -> date:
    """Turn days since 1970-01-01 into a date."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def parse_price(entry: Mapping[str, Any], model: str, origin: str) -> Price:
    """Turn one entry of a model's list, its numbers in millionths, into a price.

    Raises:
        ValueError: the entry lacks the input or output rate, or has an invalid value.
    """
    try:
        rates = complete(entry, model)
        tiers = sorted((int(above), tier) for above, tier in entry.get("above", {}).items())
        price = Price(
            since=to_day(entry["from"]) if "from" in entry else UNKNOWN_DAY,
            rates=rates,
            long_context=tuple(LongContext(above, above_rates(tier, rates)) for above, tier in tiers),
            fast=entry.get("fast", MILLIONTHS),
            batch=entry.get("batch", MILLIONTHS // 2),
            flex=entry.get("flex", MILLIONTHS // 2),
            us=entry.get("us", MILLIONTHS),
            web_search=entry.get("web_search", _search_fee(model)) * (MILLIONTHS // SEARCHES),
            origin=str(entry.get("origin", origin)),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _damaged(model) from error
    numbers = (*price[3:8], *rates, *(rate for tier in price.long_context for rate in tier.rates))
    if not all(type(number) is int for number in numbers):
        raise _damaged(model)
    return price


def _search_fee(model: str) -> int:
    """Anthropic charges $10 per thousand searches for all models; other prices must be in a list."""
    return 10 * MILLIONTHS if "claude" in model else 0


def complete(entry: Mapping[str, int], model: str) -> Rates:
    """Fill in the rates that a price list does not state.

    Anthropic states its cache prices as multiples of the input rate: a read 0.1x, a five-minute write 1.25x, a
    one-hour write 2x. Elsewhere a cached token costs as much as an input token unless the list says otherwise, and
    a one-hour write as much as a write. A write rate of zero next to an input rate counts as not stated: lists have it
    for automatic caches, where the first request pays for its prompt.
    """
    input_rate, output = entry["input"], entry["output"]
    read, write, write_1h = entry.get("cache_read"), entry.get("cache_write"), entry.get("cache_write_1h")
    if "claude" in model:
        read = input_rate // 10 if read is None else read
        write = write or input_rate * 5 // 4
        write_1h = write_1h or input_rate * 2
    read = input_rate if read is None else read
    write = write or input_rate
    return Rates(input_rate, output, read, write, write_1h or write)


def above_rates(tier: Mapping[str, int], base: Rates) -> Rates:
    """Fill in the rates above a threshold: a missing cache rate grows in proportion to the input rate."""
    input_rate = tier.get("input", base.input)

    def grown(rate: int) -> int:
        return rate * input_rate // base.input if base.input else rate

    return Rates(
        input_rate,
        tier.get("output", base.output),
        tier.get("cache_read", grown(base.cache_read)),
        tier.get("cache_write") or grown(base.cache_write_5m),
        tier.get("cache_write_1h") or grown(base.cache_write_1h),
    )
