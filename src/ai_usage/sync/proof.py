"""Compute a file's day digests, its statement before an instant, and the transcript of the statement."""

from collections.abc import Collection, Generator, Sequence
from typing import NamedTuple

from ai_usage.ledger.snapshot import Snapshot
from ai_usage.sync.ahead import Work
from ai_usage.sync.books import (
    Days,
    Statement,
    fold,
    reading_days,
    remembered_statement,
    spell_statement,
    statements,
    stating,
)
from ai_usage.sync.session import Session
from ai_usage.sync.transcript import Draft, Expected, View, is_current
from ai_usage.sync.translate import Spelling


class Proved(NamedTuple):
    """A statement, and the note to cache in the file; None if the file has it already."""

    statement: Statement
    note: str | None


class Early(NamedTuple):
    """Digests of a file, computed while the server was busy."""

    days: Days
    statement: Statement
    draft: Draft | None


def proving(
    session: Session,
    snapshot: Snapshot,
    spelling: Spelling,
    range_end: int,
    *,
    days: Days | None = None,
    without: Collection[int] = (),
) -> Generator[None, None, Early]:
    """Compute a file's days and its statement before an instant, in small steps.

    Args:
        session: of this run.
        snapshot: of the file.
        spelling: how the file's records are written on the wire.
        range_end: a midnight in UTC.
        days: the day digests of the same state, if they are known.
        without: change numbers of records to leave out.
    """
    if days is None:
        days = yield from reading_days(snapshot, spelling, without, session.progress)
    draft = _begin(session, View(spelling.host_id, session.machine_id))
    try:
        statement = yield from stating(snapshot, spelling, range_end, without, draft, session.progress)
    except BaseException:
        if draft is not None:
            draft.discard()
        raise
    return Early(days, statement, draft)


def discard(early: Early) -> None:
    """Remove an unpublished transcript."""
    if early.draft is not None:
        early.draft.discard()


def prove(
    session: Session,
    snapshot: Snapshot,
    days: Days,
    spelling: Spelling,
    range_end: int,
    *,
    notes: Sequence[str],
    without: Collection[int] = (),
    expected: Expected | None = None,
    early: Early | None = None,
) -> Proved:
    """Return the statement of a file before an instant, computed only if records changed.

    Args:
        session: of this run.
        snapshot: of the file.
        days: the day digests of the same state.
        spelling: how the file's records are written on the wire.
        range_end: a midnight in UTC.
        notes: the statements cached in the file.
        without: change numbers of records to leave out.
        expected: the machine's report, for another machine's file.
        early: digests of the same state and range that were computed before.
    """
    folded = fold(days.by_day, range_end, spelling)
    view = View(spelling.host_id, session.machine_id)
    folder = session.machine.paths.integrity
    known = remembered_statement(notes, folded)
    if early is None and known is not None and is_current(folder, view, *known, expected):
        return Proved(known, None)
    if early is None:
        steps = proving(session, snapshot, spelling, range_end, days=days, without=without)
        early = Work(steps).finish()
    if early.draft is not None:
        problem = early.draft.publish(*early.statement, session.machine.now(), expected)
        early.draft.discard()
        if problem is not None:
            session.warn(f"the transcript {view.file_name} cannot be written: {problem}")
    return Proved(early.statement, spell_statement(early.statement, folded))


def changed_since_checked(notes: Sequence[str], wanted: Statement, days: Days, spelling: Spelling) -> bool:
    """Tell whether the cache says that a file once matched a statement, and the file does not match it now."""
    return (
        wanted in statements(notes)
        and remembered_statement(notes, fold(days.by_day, wanted.range_end, spelling)) is None
    )


def _begin(session: Session, view: View) -> Draft | None:
    try:
        return Draft(session.machine.paths.integrity, view)
    except OSError as error:
        session.warn(f"the transcript {view.file_name} cannot be written: {error.strerror}")
        return None
