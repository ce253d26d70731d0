"""Pages of pulled records, read record by record, so that an invalid record does not affect the others."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ai_usage.errors import ServerError
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.sync.ahead import Begun
from ai_usage.sync.plan import KNOWN_TO_OLD_SERVERS
from ai_usage.sync.session import Session
from ai_usage.sync.translate import from_wire
from ai_usage.usage.instant import DAY
from ai_usage.wire.decode import decode_pulled
from ai_usage.wire.messages import RawPage
from ai_usage.wire.record import InvalidRecord
from ai_usage.wire.rfc3339 import day_text

PAGE_RECORDS = 5000


class Page(NamedTuple):
    """One page of pulled records."""

    by_host: dict[str, list[TravelRow]]
    latest: dict[str, str]
    """By host, the time at which the server stored its last record of this page."""
    max_seq: int
    truncated: bool
    epoch: str | None


def begin_page(session: Session, after_seq: int, **query: str) -> Callable[[], Page]:
    """Request a page; return a function that waits for it and reads it.

    Invalid records are left out, and a warning counts them. The function raises CursorLost when `after_seq` belongs to
    another history of the server.
    """
    vendors = "*" if session.can.any_vendor else ",".join(KNOWN_TO_OLD_SERVERS)
    limit = str(PAGE_RECORDS)
    begun = Begun(lambda: session.remote.pull(after_seq, limit=limit, supported_vendors=vendors, **query))
    return lambda: _read(session, begun.wait())


def fetch_host(session: Session, host_id: str, after_seq: int = 0, **query: str) -> Iterator[Page]:
    """Pull all of one machine's records after a sequence number, page by page.

    A server without filtered pulls sends everything, and records of other machines are left out here.
    """
    while True:
        if session.can.filtered_pull:
            page = begin_page(session, after_seq, host=host_id, **query)()
        else:
            page = begin_page(session, after_seq)()
        rows = page.by_host.get(host_id)
        yield page._replace(by_host={host_id: rows} if rows else {})
        if not page.truncated or page.max_seq <= after_seq:
            return
        after_seq = page.max_seq


def fetch_day(session: Session, host_id: str, day: int) -> list[TravelRow]:
    """Pull one machine's records of one UTC day; only from a server that can filter."""
    rows: list[TravelRow] = []
    for page in fetch_host(session, host_id, day=day_text(day)):
        rows += [row for row in page.by_host.get(host_id, []) if row[3] // DAY == day]
    return rows


def _read(session: Session, page: RawPage) -> Page:
    by_host: dict[str, list[TravelRow]] = {}
    latest: dict[str, str] = {}
    for raw in page.records:
        try:
            checked, seq, uploaded_at = decode_pulled(raw)
        except InvalidRecord as fault:
            session.set_aside_pulled(str(fault))
            continue
        host_id = checked.record.host_id
        by_host.setdefault(host_id, []).append(from_wire(checked, seq))
        latest[host_id] = uploaded_at
    if page.truncated and not page.records:
        raise ServerError(f"{session.remote.url} says that there is more to pull, and sends nothing")
    return Page(by_host, latest, page.max_seq, page.truncated, page.epoch)
