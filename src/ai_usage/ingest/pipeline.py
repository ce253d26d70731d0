"""The one way from logs to the ledger: find them, choose what is new, and have it read and stored."""

from collections.abc import Sequence

from ai_usage.errors import LedgerBusy
from ai_usage.ingest.changes import in_order, is_new
from ai_usage.ingest.discovery import Roots, discover
from ai_usage.ingest.scout import Scout
from ai_usage.ingest.summary import IngestSummary, Progress
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
    """Read what is new in all logs into the ledger.

    Args:
        ledger: open for writing, or in memory.
        sources: what can be read.
        roots: where to look.
        scout: has been looking there, for no other call.
        wait_s: how long to wait for another process that ingests.
        progress: told from time to time how far it is.

    Raises:
        LedgerReadOnly: the ledger cannot be written; what was committed before stands.
    """
    unreadable: list[Unreadable] = []
    positions = ledger.positions()
    if not positions:
        from ai_usage.ingest import storing  # noqa: F401  # a first run needs it, and a scout is still looking
    logs = scout.found(unreadable) if scout is not None else None
    if logs is None:
        unreadable.clear()
        scout = None
        logs = list(discover(sources, roots, unreadable))
    found = [each for each in logs if is_new(each.log, sources[each.source], positions)]
    summary = IngestSummary(files_found=len(logs), unreadable=tuple(unreadable))
    if not found:
        return summary
    from ai_usage.ingest.storing import store  # a run with nothing new does without

    fresh = in_order(found)
    if ledger.path is None:
        return store(ledger, sources, fresh, scout, summary, progress)
    try:
        with ingest_lock(ledger.path.with_name("ingest.lock"), wait_s):
            return store(ledger, sources, fresh, scout, summary, progress)
    except LedgerBusy:
        return summary._replace(busy=True)
