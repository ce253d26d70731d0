"""Repair another machine's file: fetch the days that differ from the server's, and nothing else."""

from typing import Final, NamedTuple

from ai_usage.ledger.day_digests import KnownDay
from ai_usage.ledger.peer_file import PeerFile, Proof
from ai_usage.ledger.snapshot import Snapshot, TravelRow
from ai_usage.sync.books import (
    Statement,
    fold,
    read_days,
    remembered_statement,
    state,
    statements,
)
from ai_usage.sync.pages import fetch_day
from ai_usage.sync.plan import (
    Difference,
    differing,
    not_tried,
    read_server_days,
    remember_tried,
)
from ai_usage.sync.session import Session
from ai_usage.sync.translate import Spelling
from ai_usage.wire.messages import Report
from ai_usage.wire.rfc3339 import read_instant

MOST_DAYS: Final = 300
"""At most so many days of a machine are fetched in one sync, the latest first; the next sync continues."""
_REPORT: Final = "report"
"""The key in `HostState.tried` of the report at which fetching days did not help."""
_AT_ONCE: Final = 50_000
"""At most so many records are held in memory to test a state of the file before it is stored."""


class Mended(NamedTuple):
    """The result of a repair."""

    written: int
    moved: tuple[Difference, ...]
    """Days that were fetched."""
    differences: tuple[Difference, ...]
    """Days that still differ."""
    left: int
    """How many days are left for the next sync, because one sync fetches only `MOST_DAYS`."""


def mend(
    session: Session, file: PeerFile, host: str, report: Report | None, before: int | None = None
) -> Mended:
    """Fetch the days of a file that differ from the server's, each once until one side changes.

    Args:
        session: of this run; the server supports day digests and filtered pulls.
        file: the machine's file.
        host: the machine.
        report: the machine's own report; without it, or with a stale one, nothing is removed.
        before: days that end after this instant are left alone.
    """
    own = session.state.host(host)
    said = [] if report is None else [report.digest_sha256, str(report.record_count)]
    if own.tried.get(_REPORT) != said:  # days that did not help before may match a newer report
        own.tried = {}
    differences = compare_days(session, file, host, before)
    untried = not_tried(differences, own.tried)
    moving, later = untried[-MOST_DAYS:], {each.day for each in untried[:-MOST_DAYS]}
    written = 0
    if moving:
        moved_days = {each.day for each in moving}
        rest = moving
        while sum(each.their_count for each in rest) > _AT_ONCE:
            # Too many to hold in memory: merge them first, which loses nothing and leaves few differences.
            part, rest = _split(rest)
            written += file.mend(_fetch(session, host, part), None).written
        if len(rest) < len(moving):
            rest = [each for each in compare_days(session, file, host, before) if each.day in moved_days]
        checked = file.note("checked")
        proof = proof_of(host, report, [] if checked is None else [checked])
        written += file.mend(_fetch(session, host, rest), proof).written
        differences = compare_days(session, file, host, before)
        own.tried = remember_tried(each for each in differences if each.day not in later) | {_REPORT: said}
    return Mended(written, tuple(moving), tuple(differences), len(later))


def compare_days(session: Session, file: PeerFile, host: str, before: int | None = None) -> list[Difference]:
    """Name the days of a file that differ from the server's."""
    theirs = read_server_days(session.remote.days(host))
    return differing(days_of(session, file, host), theirs, before)


def days_of(session: Session, file: PeerFile, host: str) -> dict[int, KnownDay]:
    """Return the digests of a file's days."""
    with file.snapshot() as snapshot:
        days = read_days(snapshot, Spelling(host), progress=session.progress)
    if days.computed:
        file.remember_days(days.computed, days.marks)
    return days.by_day


def _fetch(session: Session, host: str, days: list[Difference]) -> dict[int, list[TravelRow]]:
    fetched: dict[int, list[TravelRow]] = {}
    for done, each in enumerate(days, 1):
        fetched[each.day] = fetch_day(session, host, each.day) if each.their_count else []
        session.progress(f"mending {host}", done, len(days))
    return fetched


def _split(days: list[Difference]) -> tuple[list[Difference], list[Difference]]:
    """Split off as many days from the front as fit into memory, at least one."""
    count = 0
    for index, each in enumerate(days):
        count += each.their_count
        if count > _AT_ONCE and index:
            return days[:index], days[index:]
    return days, []


def proof_of(host: str, report: Report | None, notes: list[str]) -> Proof | None:
    """Return a check whether a state matches the report: by days if those were checked before, else by records.

    Args:
        host: the machine.
        report: the machine's own report.
        notes: cached statements of the file that were checked.
    """
    if report is None or report.stale:
        return None
    range_end = read_instant(report.range_end_utc)
    if range_end is None:
        return None

    wanted = Statement(range_end, report.record_count, report.digest_sha256)

    def holds(snapshot: Snapshot) -> bool:
        if wanted in statements(notes):
            folded = fold(read_days(snapshot, Spelling(host)).by_day, range_end, Spelling(host))
            if remembered_statement(notes, folded) == wanted:
                return True
        if snapshot.count_before(range_end) != report.record_count:
            return False
        return state(snapshot, Spelling(host), range_end).digest == report.digest_sha256

    return Proof(range_end, holds)
