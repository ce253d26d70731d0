"""Digests of one ledger file: computed for days with changed records, cached for all others.

Cached digests of days stay valid because triggers in the file note each change (`ledger.day_digests`). The digest of a
report is cached with the digests of the days that it covers, and is valid while those are the same.
"""

import contextlib
import hashlib
import json
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from typing import NamedTuple

from ai_usage.ledger.day_digests import DAY_US, KnownDay
from ai_usage.ledger.snapshot import Snapshot
from ai_usage.sync.ahead import Work
from ai_usage.sync.progress import Progress, silent
from ai_usage.sync.transcript import Draft
from ai_usage.sync.translate import Spelling, to_report_row, to_wire
from ai_usage.wire.digest import ReportDigest, day_digest, record_hash

_STEP = 200
"""Records digested in one step; a step takes a millisecond or two."""


class Days(NamedTuple):
    """The digests of all days of one state of a file."""

    by_day: dict[int, KnownDay]
    """Only days that have records."""
    computed: dict[int, KnownDay]
    """Days that were not in the cache, including days whose records are gone."""
    marks: Mapping[int, int]
    """For each computed day, the mark by which the file detects a later change."""


class Statement(NamedTuple):
    """The contents of a report: the number of records before an instant, and their digest."""

    range_end: int
    record_count: int
    digest: str


def read_days(
    snapshot: Snapshot,
    spelling: Spelling,
    without: Collection[int] = (),
    progress: Progress = silent,
) -> Days:
    """Return the digests of all days; see `reading_days`."""
    return Work(reading_days(snapshot, spelling, without, progress)).finish()


def reading_days(
    snapshot: Snapshot,
    spelling: Spelling,
    without: Collection[int] = (),
    progress: Progress = silent,
) -> Generator[None, None, Days]:
    """Compute the digests of the days that changed, in small steps, and return those of all days.

    Args:
        snapshot: of the file.
        spelling: how its records are written on the wire.
        without: change numbers of records to leave out, since the server refused them.
        progress: told the number of days done.
    """
    marks = snapshot.changed_days()
    computed: dict[int, KnownDay] = {}
    for done, day in enumerate(sorted(marks), 1):
        hashes: list[bytes] = []
        for row in snapshot.of_day(day):
            if row[0] not in without:
                hashes.append(record_hash(to_wire(row, spelling)))
                if len(hashes) % _STEP == 0:
                    yield
        computed[day] = KnownDay(len(hashes), bytes.fromhex(day_digest(hashes)))
        progress("checking days", done, len(marks))
        yield
    days = snapshot.known_days() | computed
    return Days({day: known for day, known in days.items() if known.record_count}, computed, marks)


def fold(days: Mapping[int, KnownDay], range_end: int, spelling: Spelling) -> str:
    """Return one digest over the digests of the days that begin before an instant."""
    digest = hashlib.sha256(repr((range_end, spelling)).encode())
    for day in sorted(days):
        if day * DAY_US < range_end:
            digest.update(f"{day} {days[day].record_count} ".encode() + days[day].digest)
    return digest.hexdigest()


def remembered_statement(notes: Sequence[str], folded: str) -> Statement | None:
    """Return the cached statement over the same days, None without one."""
    return next((statement for fold, statement in _read_notes(notes) if fold == folded), None)


def statements(notes: Sequence[str]) -> list[Statement]:
    """Return all cached statements."""
    return [statement for _, statement in _read_notes(notes)]


def _read_notes(notes: Sequence[str]) -> Iterator[tuple[str, Statement]]:
    for note in notes:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            kept = json.loads(note)
            yield kept["fold"], Statement(kept["range_end"], kept["record_count"], kept["digest"])


def spell_statement(statement: Statement, folded: str) -> str:
    """Write a statement as a note that `remembered_statement` reads."""
    return json.dumps({"fold": folded, **statement._asdict()})


def state(snapshot: Snapshot, spelling: Spelling, range_end: int) -> Statement:
    """Compute the statement of a file from all its records; see `stating`."""
    return Work(stating(snapshot, spelling, range_end)).finish()


def stating(
    snapshot: Snapshot,
    spelling: Spelling,
    range_end: int,
    without: Collection[int] = (),
    draft: Draft | None = None,
    progress: Progress = silent,
) -> Generator[None, None, Statement]:
    """Compute the statement of a file in small steps; a million records take 7 s.

    Args:
        snapshot: of the file.
        spelling: how its records are written on the wire.
        range_end: records at or after this instant are left out.
        without: change numbers of records to leave out.
        draft: the transcript that gets a line for each record.
        progress: told the number of records done.
    """
    digest = ReportDigest()
    total = snapshot.count_after(0)
    for row in snapshot.in_order(range_end):
        if row[0] in without:
            continue
        report_row = to_report_row(row, spelling)
        spelled = digest.add(report_row)
        if draft is not None:
            draft.add(report_row, spelled)
        if digest.record_count % _STEP == 0:
            progress("proving records", digest.record_count, total)
            yield
    return Statement(range_end, digest.record_count, digest.hexdigest())
