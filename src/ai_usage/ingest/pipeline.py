"""The one way from logs to the ledger: find them, choose what is new, and have it read and stored."""

from collections.abc import Mapping, Sequence

from ai_usage.errors import LedgerBusy
from ai_usage.ingest.changes import Found, in_order, is_new
from ai_usage.ingest.summary import IngestSummary, Progress
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.lock import ingest_lock
from ai_usage.sources.base import Root, Source, Unreadable


def ingest(
    ledger: Ledger,
    sources: Sequence[Source],
    roots: Mapping[str, Sequence[Root]],
    *,
    wait_s: float = 2.0,
    progress: Progress | None = None,
) -> IngestSummary:
    """Read what is new in all logs into the ledger.

    Args:
        ledger: open for writing, or in memory.
        sources: what can be read.
        roots: the folders of each source, by its name.
        wait_s: how long to wait for another process that ingests.
        progress: told from time to time how far it is.

    Raises:
        LedgerReadOnly: the ledger cannot be written; what was committed before stands.
    """
    unreadable: list[Unreadable] = []
    positions = ledger.positions()
    files_found = 0
    found: list[Found] = []
    for index, source in enumerate(sources):
        for root in roots.get(source.name, ()):
            for log in source.discover(str(root.path), unreadable):
                files_found += 1
                if is_new(log, source, positions):
                    found.append(Found(index, log))
    summary = IngestSummary(files_found=files_found, unreadable=tuple(unreadable))
    if not found:
        return summary
    from ai_usage.ingest.storing import store  # a run with nothing new does without

    fresh = in_order(found)
    if ledger.path is None:
        return store(ledger, sources, fresh, summary, progress)
    try:
        with ingest_lock(ledger.path.with_name("ingest.lock"), wait_s):
            return store(ledger, sources, fresh, summary, progress)
    except LedgerBusy:
        return summary._replace(busy=True)
