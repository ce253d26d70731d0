"""Prices newer than the program, kept in one file of the cache.

The file has the format of the packaged one (see `price_file`). It keeps the results of earlier fetches: a model that
the fetched table drops stays, and a price that changes between two fetches becomes a new entry, dated by the day on
which the change was first seen. `Catalog` takes from it the models that are not packaged, and changes after the
packaged data.
"""

import json
import os
import ssl
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

from ai_usage.errors import AiUsageError
from ai_usage.plain_file import read_plain
from ai_usage.pricing.entries import Histories, file_text, same_price
from ai_usage.pricing.fetch import fetch_prices
from ai_usage.pricing.price_file import PACKAGED, PriceFile
from ai_usage.pricing.refresh import SOURCE
from ai_usage.usage.model_name import candidates


def refresh(overlay: Path, today: date, trust: ssl.SSLContext, source: str = SOURCE) -> None:
    """Fetch newer prices and write them.

    Args:
        overlay: the file to write.
        today: the date of changes found now.
        trust: the trusted certificate authorities.
        source: the address of the table.

    Raises:
        ServerError: the table cannot be fetched, or is not a price table.
        AiUsageError: the file cannot be written.
    """
    _write(overlay, _extend(_present(overlay), fetch_prices(source, trust), today))


def _present(overlay: Path) -> Histories:
    """The prices of earlier fetches; empty if the file is missing or damaged."""
    try:
        content = read_plain(overlay)
        prices = PriceFile(content, "")
        for model in prices.models():
            prices.history(model)
    except (OSError, ValueError):
        return {}
    histories: Histories = json.loads(content, parse_float=Decimal, parse_int=Decimal)
    return {model: history for model, history in histories.items() if model != "#"}


def _extend(present: Histories, fetched: Histories, today: date) -> str:
    """Merge the stored and the fetched prices, and return the new file's text."""
    packaged = PriceFile(PACKAGED.read_bytes(), "")
    joined = dict(present)
    for model, (entry,) in fetched.items():
        if model not in joined and _listed_shorter(model, packaged):
            continue
        # If the clock was ahead at an earlier fetch, changes are dated in the future.
        known = [past for past in joined.get(model, ()) if past.get("from", "") <= today.isoformat()]
        if not known:
            joined[model] = [entry]
        elif same_price(known[-1], entry):
            joined[model] = known
        else:
            earlier = [past for past in known if past.get("from") != today.isoformat()]
            joined[model] = [*earlier, {**entry, "from": today.isoformat()}]
    return file_text({"data_until": today.isoformat()}, joined)


def _listed_shorter(model: str, packaged: PriceFile) -> bool:
    """Whether a look-up finds the model's history under a shorter form of its name."""
    forms = list(candidates(model))[1:]
    return not packaged.history(model) and any(packaged.history(form) for form in forms)


def _write(overlay: Path, text: str) -> None:
    beside = overlay.with_name(f"{overlay.name}.{os.getpid()}")
    try:
        overlay.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
        beside.replace(overlay)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise AiUsageError(f"cannot write {overlay}: {error.strerror}") from error
