"""Fetch today's prices over HTTPS: LiteLLM's table."""

import json
import ssl
from decimal import Decimal
from typing import Any, Final

from ai_usage.errors import ServerError
from ai_usage.files.download import DownloadError, Limits, open_download
from ai_usage.pricing.entries import Entry, Histories
from ai_usage.pricing.litellm import read_table

LIMITS: Final = Limits(size_bytes=64 * 1024 * 1024, deadline_s=300.0)
_DEAREST: Final = 10_000
"""USD per million tokens; a row with more uses another unit."""


def fetch_prices(source: str, trust: ssl.SSLContext) -> Histories:
    """Fetch a table and read the models that coding agents use, each with its one price.

    Args:
        source: the address.
        trust: the trusted certificate authorities.

    Raises:
        ServerError: the table cannot be fetched, or is not a price table.
    """
    content = _fetch(source, trust)
    try:
        table = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ServerError(f"{source} is not a table of prices") from error
    histories: Histories = {}
    if isinstance(table, dict):
        for key, row in table.items():
            for model, history in _read_row(key, row).items():
                histories.setdefault(model, history)
    if not histories:
        raise ServerError(f"{source} has no prices")
    return histories


def _read_row(key: str, row: Any) -> Histories:
    """Read one row; an invalid row gives nothing and does not affect the others."""
    try:
        found = read_table({key: row}, "LiteLLM")
        return {model: history for model, history in found.items() if _is_sane(history[0])}
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
        return {}


def _is_sane(entry: Entry) -> bool:
    tiers = [entry, *entry.get("above", {}).values()]
    return all(0 <= rate <= _DEAREST for tier in tiers for rate in tier.values() if isinstance(rate, Decimal))


def _fetch(source: str, trust: ssl.SSLContext) -> bytes:
    if not source.startswith("https://"):
        raise ServerError(f"prices are fetched over https:// only, not from {source}")
    try:
        with open_download(source, trust, LIMITS, {}) as pieces:
            return b"".join(pieces)
    except DownloadError as error:
        raise ServerError(f"prices cannot be fetched: {error}") from error
