"""Today's prices over HTTPS: LiteLLM's table, fetched and read."""

import json
import ssl
from decimal import Decimal
from typing import Any, Final

import httpx2

from ai_usage.errors import ServerError
from ai_usage.pricing.entries import Entry, Histories
from ai_usage.pricing.litellm import read_table

TIMEOUT_S: Final = 30.0
LARGEST_BYTES: Final = 64 * 1024 * 1024
_DEAREST: Final = 10_000
"""USD per million tokens; a row that asks more states another unit."""


def fetch_prices(source: str, trust: ssl.SSLContext) -> Histories:
    """Fetch a table and read the models that coding agents call, each with its one price.

    Args:
        source: the address.
        trust: the authorities that are believed.

    Raises:
        ServerError: the table cannot be fetched, or it is none.
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
    """Read one row; nothing where it is not what it should be, which is no reason to do without the others."""
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
    content = bytearray()
    try:
        with (
            httpx2.Client(verify=trust, timeout=TIMEOUT_S) as client,
            client.stream("GET", source) as response,
        ):
            if response.status_code != 200:  # nor is a redirect followed: it might leave https
                raise ServerError(f"{source} answered {response.status_code}")
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > LARGEST_BYTES:
                    raise ServerError(f"{source} is larger than {LARGEST_BYTES:,} bytes")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise ServerError(f"cannot fetch {source}: {error}") from error
    return bytes(content)
