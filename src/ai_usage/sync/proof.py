"""What a file's records prove: its days, its statement before an instant, and the transcript of that."""

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
    """A statement, and the note by which the file remembers it; None where it does already."""

    statement: Statement
    note: str | None


class Early(NamedTuple):
    """What was computed of a file while the server was busy."""

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
        spelling: of the file's records.
        range_end: a midnight, in UTC.
        days: of the same state, where they are known.
        without: change numbers of records that take no part.
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
    """Return what a file says about its records before an instant, computed only if something changed.

    Args:
        session: of this run.
        snapshot: of the file.
        days: of the same state.
        spelling: of the file's records.
        range_end: a midnight, in UTC.
        notes: statements that the file remembers.
        without: change numbers of records that take no part.
        expected: what the machine reported, for another machine's file.
        early: what was computed of the same state and range before.
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
    """Say whether a file remembers to have been what is wanted, and is not any more."""
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
