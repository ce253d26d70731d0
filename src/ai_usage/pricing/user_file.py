"""The user's own prices and names: `models.toml`, which overrides all other prices."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, NamedTuple

from ai_usage.errors import UsageError
from ai_usage.plain_file import read_plain
from ai_usage.pricing.price import MILLIONTHS, UNKNOWN_DAY, LongContext, Price, Rates
from ai_usage.pricing.price_file import above_rates, complete
from ai_usage.usage.model_name import candidates

ORIGIN: Final = "models.toml"
_KINDS: Final = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_ABOVE: Final = "_above_200k"
_THRESHOLD: Final = 200_000
_KEYS: Final = (*_KINDS, *(kind + _ABOVE for kind in _KINDS))
_MOST: Final = 1_000_000


class UserPrices(NamedTuple):
    """The contents of the user's file; both tables have lower-case ids, with and without a provider prefix."""

    prices: Mapping[str, Price] = {}
    short_names: Mapping[str, str] = {}


def read_user_file(path: Path) -> UserPrices:
    """Read `models.toml`; a missing file is like an empty one.

    Raises:
        UsageError: the file cannot be read or holds an invalid value; the text names the place and a valid value.
    """
    try:
        document = tomllib.loads(read_plain(path).decode("utf-8-sig"), parse_float=_decimal)
    except FileNotFoundError:
        return UserPrices()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, not TOML, or an invalid number
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    for key in document:
        if key not in ("pricing", "display"):
            raise UsageError(
                f'{path}: unknown table [{key}]; known are [pricing."MODEL"] and [display."MODEL"]'
            )
    prices: dict[str, Price] = {}
    for model, table in _tables(path, document, "pricing"):
        price = _price(f'{path}: [pricing."{model}"]', model.lower(), table)
        for name in _spellings(model):
            prices.setdefault(name, price)
        prices[model.lower()] = price
    names: dict[str, str] = {}
    for model, table in _tables(path, document, "display"):
        short = _short_name(f'{path}: [display."{model}"]', table)
        for name in _spellings(model):
            names.setdefault(name, short)
        names[model.lower()] = short
    return UserPrices(prices, names)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text} is too large a number") from error


def _spellings(model: str) -> list[str]:
    """The id as written, and without its provider."""
    return [name for name in candidates(model) if model.strip().lower().endswith(name)]


def _tables(path: Path, document: Mapping[str, Any], kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    tables = document.get(kind, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise UsageError(f'{path}: {kind} is not a table of models; write [{kind}."MODEL"]')
    return list(tables.items())


def _price(place: str, model: str, table: Mapping[str, Any]) -> Price:
    millionths: dict[str, int] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            raise UsageError(
                f'{place}: {key} is a table; write a name with points in quotes: [pricing."gpt-5.1"]'
            )
        if key not in _KEYS:
            raise UsageError(f"{place}: unknown key {key}; known are {', '.join(_KEYS)}")
        if not _is_rate(value):
            raise UsageError(f"{place}: {key} must be USD per million tokens, a number from 0 to {_MOST:,}")
        millionths[key] = round(value * MILLIONTHS)
    for key in ("input", "output"):
        if key not in millionths:
            raise UsageError(f"{place}: {key} is missing (USD per million tokens)")
    rates = _with_free_writes(complete(millionths, model), millionths)
    tier = {kind: millionths[kind + _ABOVE] for kind in _KINDS if kind + _ABOVE in millionths}
    long_rates = _with_free_writes(above_rates(tier, rates), tier)
    long_context = (LongContext(_THRESHOLD, long_rates),) if tier else ()
    return Price(UNKNOWN_DAY, rates, long_context, origin=ORIGIN)


def _with_free_writes(rates: Rates, stated: Mapping[str, int]) -> Rates:
    """Accept the user's cache write of 0, which in a price list would count as not stated."""
    write = rates.cache_write_5m if stated.get("cache_write") != 0 else 0
    write_1h = rates.cache_write_1h if stated.get("cache_write_1h", stated.get("cache_write")) != 0 else 0
    return rates._replace(cache_write_5m=write, cache_write_1h=write_1h)


def _is_rate(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return Decimal(value).is_finite() and 0 <= value <= _MOST


def _short_name(place: str, table: Mapping[str, Any]) -> str:
    for key in table:
        if key != "short":
            raise UsageError(f"{place}: unknown key {key}; known is short")
    short = table.get("short")
    if not isinstance(short, str) or not short.strip():
        raise UsageError(f'{place}: short must be a text, for example short = "Opus 4.8"')
    return short
