"""The rules for the records of a batch, and for the query of a pull."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from ai_usage.server.query import Query
from ai_usage.server.refusal import Refused
from ai_usage.server.storage.reading import PullQuery
from ai_usage.wire.decode import TooManyRecords, decode_batch
from ai_usage.wire.messages import LEGACY_VENDORS, MAX_PULL_RECORDS
from ai_usage.wire.record import MAX_INTEGER, VENDOR, Checked, InvalidRecord
from ai_usage.wire.rfc3339 import read_day

_INTEGER = re.compile(r"\+?0*(\d{1,19})", re.ASCII)
"""An integer as existing servers read it: digits, an optional plus, no minus."""
ALL_VENDORS: Final = "*"


def read_batch(
    body: bytes, max_records: int, client: str | None, allowed: Collection[str] | None
) -> list[Checked]:
    """Decode an upload and check whose records it holds.

    Raises:
        Refused: with the status and text of the contract.
    """
    try:
        batch = decode_batch(body, max_records)
    except TooManyRecords as error:
        raise Refused(400, "batch exceeds max_batch_records") from error
    except InvalidRecord as error:
        raise Refused(400, str(error)) from error
    for host_id in {checked.record.host_id for checked in batch}:
        check_host(host_id, client, allowed)
    return batch


def check_host(host_id: str, client: str | None, allowed: Collection[str] | None) -> None:
    """Check that a body's host is the client's own, and is allowed to write.

    Raises:
        Refused: with the status and text of the contract.
    """
    if client is not None and host_id != client:
        raise Refused(400, "client identity does not match host_id")
    if allowed is not None and host_id not in allowed:
        raise Refused(403, "host_id is not allowed")


def read_pull(query: Query, allowed: Collection[str] | None) -> PullQuery:
    """Read the query of a pull.

    Raises:
        Refused: 400 with the first key that is missing or wrong.
    """
    after_seq = _integer(query, "after_seq", None)
    limit = _integer(query, "limit", MAX_PULL_RECORDS)
    hosts = query.last("host")
    day_text = query.last("day")
    day = None if day_text is None else read_day(day_text)
    if day_text is not None and day is None:
        raise Refused(400, "day must be YYYY-MM-DD")
    shown = None if hosts is None else {hosts}
    if allowed is not None:
        shown = set(allowed) if shown is None else shown & set(allowed)
    return PullQuery(
        after_seq=after_seq,
        limit=min(max(limit, 1), MAX_PULL_RECORDS),
        vendors=_vendors(query.values("supported_vendors")),
        hosts=shown,
        excluded_hosts=frozenset(query.values("exclude_host")),
        day=day,
        epoch=query.last("epoch"),
    )


def _vendors(lists: Sequence[str]) -> Collection[str] | None:
    if not lists:
        return LEGACY_VENDORS
    named = {vendor.strip() for each in lists for vendor in each.split(",")} - {""}
    if not named:
        raise Refused(400, "supported_vendors must not be empty")
    if not all(vendor == ALL_VENDORS or VENDOR.fullmatch(vendor) for vendor in named):
        raise Refused(400, "supported_vendors contains invalid vendor")
    return None if ALL_VENDORS in named else named


def _integer(query: Query, key: str, default: int | None) -> int:
    text = query.last(key)
    if text is None:
        if default is None:
            raise Refused(400, f"{key} is required")
        return default
    digits = _INTEGER.fullmatch(text)
    if digits is None or int(digits[1]) > MAX_INTEGER:
        raise Refused(400, f"{key} must be an integer")
    return int(digits[1])
