"""Reading what is new in logs, and storing records and places together."""

import gc
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ai_usage.ingest.changes import Found, is_new
from ai_usage.ingest.projects import Projects
from ai_usage.ingest.reading import Slice
from ai_usage.ingest.scout import Scout
from ai_usage.ingest.summary import IngestSummary, Progress
from ai_usage.ingest.workers import Task, read_all
from ai_usage.ledger import files
from ai_usage.ledger.files import StoredFile
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.writing import Writing
from ai_usage.sources.base import LogFile, Source, Unreadable
from ai_usage.sources.fields import name_in_path

TRANSACTION_S: Final = 1.5
"""A transaction is committed at the first slice after this long: a killed run loses little."""
PLACES_AT_ONCE: Final = 256
UNREAD_SIZE: Final = -1
"""The stored size of a log that could not be read: it differs from any size, so the log is tried again."""


def store(
    ledger: Ledger,
    sources: Sequence[Source],
    fresh: list[Found],
    scout: Scout | None,
    summary: IngestSummary,
    progress: Progress | None,
) -> IngestSummary:
    """Read logs and store what they give, in transactions that each leave records and places in step.

    Args:
        ledger: open for writing, or in memory; no other process ingests meanwhile.
        sources: what can be read.
        fresh: the logs that had something new when they were found, in the order to read them.
        scout: a child that can read its share.
        summary: what is known so far.
        progress: told from time to time how far it is.

    Raises:
        LedgerReadOnly: the ledger cannot be written; what was committed before stands.
    """
    with _without_collector():
        return _store(ledger, sources, fresh, scout, summary, progress)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep Python from looking for circles of garbage: records are many, live for long, and never form one."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _store(
    ledger: Ledger,
    sources: Sequence[Source],
    found: list[Found],
    scout: Scout | None,
    summary: IngestSummary,
    progress: Progress | None,
) -> IngestSummary:
    stored = ledger.known_files(
        [(each.log.device, each.log.inode, sources[each.source].name) for each in found]
    )
    # Another process may have read some of them since they were found.
    tasks = [
        Task(*each, before)
        for each, before in zip(found, stored, strict=True)
        if before is None or is_new(each.log, sources[each.source], (before.position,))
    ]
    known = [each.known for each in tasks]
    answers = read_all(sources, tasks, scout)
    projects = Projects()
    total = sum(each.log.size for each in tasks)
    done = 0
    pending = True
    unreadable = list(summary.unreadable)
    while pending:
        pending = False
        with ledger.writing(projects.of) as writing:
            began = time.monotonic()
            places: dict[int, StoredFile] = {}
            for index, piece in answers:
                each = tasks[index]
                now = _write(writing, sources[each.source], each.log, known[index], piece)
                known[index] = places[now.file_id] = now
                summary = summary._replace(
                    files_read=summary.files_read + piece.finished,
                    bytes_read=summary.bytes_read + piece.offset - piece.begun,
                    rejected=summary.rejected + piece.rejected_count,
                )
                if piece.problem is not None:
                    unreadable.append(Unreadable(each.log.path, piece.problem))
                done += each.log.size if piece.finished else 0
                if progress is not None:
                    progress(done, total)
                if time.monotonic() - began > TRANSACTION_S:
                    pending = True
                    break
                if len(places) == PLACES_AT_ONCE:
                    files.remember(writing.connection, places.values())
                    places.clear()
            files.remember(writing.connection, places.values())
        summary = summary._replace(
            new_records=summary.new_records + writing.records.added,
            changed_records=summary.changed_records + writing.records.changed,
        )
    return summary._replace(unreadable=tuple(unreadable))


def _write(
    writing: Writing, source: Source, log: LogFile, known: StoredFile | None, piece: Slice
) -> StoredFile:
    """Store one slice and the place after it; return what is now known of the log."""
    path = name_in_path(log.path)
    file_id = next(writing.new_file_ids) if known is None else known.file_id
    if piece.records:
        writing.records.write(piece.records, piece.hashes, file_id)
    if piece.former:
        writing.records.take_back(piece.former, file_id)
    if piece.former_copies:
        writing.records.take_back(piece.former_copies, file_id, earlier=False)
    if piece.problem is not None and known is not None:
        return known._replace(size=UNREAD_SIZE, path=path, problem=piece.problem)
    before = known if piece.begun else None
    rejected = (before.rejections() if before else []) + piece.rejected
    return StoredFile(
        file_id=file_id,
        vendor=source.name,
        device=log.device,
        inode=log.inode,
        path=path,
        size=log.size if piece.finished and piece.problem is None else UNREAD_SIZE,
        mtime_ns=log.mtime_ns,
        parser_version=source.parser_version,
        offset=piece.offset,
        fingerprint=piece.fingerprint,
        state=piece.state,
        records=len(piece.records) + (before.records if before else 0),
        rejected_count=piece.rejected_count + (before.rejected_count if before else 0),
        rejected=json.dumps(rejected[:5]) if rejected else "[]",
        problem=piece.problem,
    )
