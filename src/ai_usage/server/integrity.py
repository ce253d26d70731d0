"""The rules for integrity reports from machines, and for the day digests that the server computes."""

from collections.abc import Collection

from ai_usage.server.query import Query
from ai_usage.server.records import check_host
from ai_usage.server.refusal import Refused
from ai_usage.server.storage.writing import Installation
from ai_usage.wire.messages import Report, decode_report
from ai_usage.wire.record import HOST_ID, SHA256, InvalidRecord
from ai_usage.wire.rfc3339 import read_instant


def read_report(body: bytes, client: str | None, allowed: Collection[str] | None) -> Report:
    """Decode a report and check that it is the client's own.

    Raises:
        Refused: with the status and text of the contract.
    """
    try:
        report = decode_report(body)
    except InvalidRecord as error:
        raise Refused(400, str(error)) from error
    check_host(report.host_id, client, allowed)
    return report


def read_installation(installation: str | None, adopt: str | None) -> Installation | None:
    """Read the headers that identify the writing installation.

    Raises:
        Refused: 400, the header is no hash.
    """
    if installation is None:
        return None
    if SHA256.fullmatch(installation) is None:
        raise Refused(400, "invalid installation")
    return Installation(installation, adopts=adopt == "1")


def read_days_query(query: Query) -> tuple[str, int | None]:
    """Read the host of the requested days, and the instant at which they end.

    Raises:
        Refused: 400 with the key that is missing or wrong.
    """
    host_id = query.last("host_id")
    if host_id is None:
        raise Refused(400, "host_id is required")
    if HOST_ID.fullmatch(host_id) is None:
        raise Refused(400, "invalid host_id")
    text = query.last("before")
    before = None if text is None else read_instant(text)
    if text is not None and before is None:
        raise Refused(400, "before must be RFC3339")
    return host_id, before
