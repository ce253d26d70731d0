"""The pipeline from logs to the ledger: find logs, choose new or changed ones, read them and store the records."""

from collections.abc import Container, Iterable, Sequence

from ai_usage.errors import LedgerBusy
from ai_usage.ingest.changes import Found, in_order, is_new
from ai_usage.ingest.discovery import Roots, discover
from ai_usage.ingest.scout import Scout, ScoutLost
from ai_usage.ingest.summary import IngestSummary, Progress
from ai_usage.ledger.files import Position
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.lock import ingest_lock
from ai_usage.sources.base import Source, Unreadable


def ingest(
    ledger: Ledger,
    sources: Sequence[Source],
    roots: Roots,
    *,
    scout: Scout | None = None,
    wait_s: float = 2.0,
    progress: Progress | None = None,
) -> IngestSummary:
    """Read the new lines of all logs into the ledger.

    Args:
        ledger: open for writing, or in memory.
        sources: the sources.
        roots: the folders to search.
        scout: a child that already searches these folders, for this call only.
        wait_s: how long to wait for another process that ingests.
        progress: called from time to time with the bytes done and in total.

    Raises:
        LedgerReadOnly: the ledger cannot be written; earlier commits stay.
    """
    unreadable: list[Unreadable] = []
    positions = ledger.positions()
    if not positions:
        from ai_usage.ingest import storing  # noqa: F401  # a first run needs it; load it while the scout searches
    try:
        logs = discover(sources, roots, unreadable) if scout is None else scout.found(unreadable)
        count, fresh = _choose(logs, sources, positions)
    except ScoutLost:
        unreadable.clear()
        scout = None
        count, fresh = _choose(discover(sources, roots, unreadable), sources, positions)
    summary = IngestSummary(files_found=count, unreadable=tuple(unreadable))
    if not fresh:
        return summary
    from ai_usage.ingest.storing import store  # a run without new lines does not need it

    fresh = in_order(fresh)
    if ledger.path is None:
        return store(ledger, sources, fresh, scout, summary, progress)
    try:
        with ingest_lock(ledger.path.with_name("ingest.lock"), wait_s):
            return store(ledger, sources, fresh, scout, summary, progress)
    except LedgerBusy:
        return summary._replace(busy=True)


def _choose(
    logs: Iterable[Found], sources: Sequence[Source], positions: Container[Position]
) -> tuple[int, list[Found]]:
    """Count logs and keep the new ones while they are found."""
    count = 0
    fresh: list[Found] = []
    for count, each in enumerate(logs, 1):  # noqa: B007  # the last value is returned
        if is_new(each.log, sources[each.source], positions):
            fresh.append(each)
    return count, fresh
