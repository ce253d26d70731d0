"""What a file's records prove: its days, its statement before an instant, and the transcript of that."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ai_usage.ledger.snapshot import Snapshot
from ai_usage.sync.books import (
    Days,
    Statement,
    fold,
    remembered_statement,
    spell_statement,
    state,
    statements,
)
from ai_usage.sync.session import Session
from ai_usage.sync.transcript import Draft, Expected, View, is_current
from ai_usage.sync.translate import Spelling


class Proved(NamedTuple):
    """A statement, and the note by which the file remembers it; None where it does already."""

    statement: Statement
    note: str | None


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
    """
    folded = fold(days.by_day, range_end, spelling)
    view = View(spelling.host_id, session.machine_id)
    folder = session.machine.paths.integrity
    known = remembered_statement(notes, folded)
    if known is not None and is_current(folder, view, *known, expected):
        return Proved(known, None)
    draft = _begin(session, view)
    try:
        statement = state(snapshot, spelling, range_end, without, draft, session.progress)
        if draft is not None:
            problem = draft.publish(*statement, session.machine.now(), expected)
            if problem is not None:
                session.warn(f"the transcript {view.file_name} cannot be written: {problem}")
    finally:
        if draft is not None:
            draft.discard()
    return Proved(statement, spell_statement(statement, folded))


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
