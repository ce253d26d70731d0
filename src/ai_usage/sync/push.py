"""Push: send the records that the server has not confirmed, compare days, then send this machine's report.

All steps read one snapshot of the ledger, so that the report covers exactly the confirmed records while other
processes ingest.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Final, NamedTuple

from ai_usage.errors import LedgerDamaged
from ai_usage.ledger.confirmations import Refusal
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.snapshot import Snapshot
from ai_usage.sync.ahead import Begun, Work, quick_turns
from ai_usage.sync.books import Days, read_days
from ai_usage.sync.lacking import better_there, count_only_there, lacks_by_count
from ai_usage.sync.own_report import hand_in
from ai_usage.sync.plan import (
    Difference,
    differing,
    name_days,
    not_tried,
    range_end,
    read_server_days,
    remember_tried,
)
from ai_usage.sync.proof import Early, discard, prove, proving
from ai_usage.sync.sending import Sending
from ai_usage.sync.session import Session
from ai_usage.sync.state import Status
from ai_usage.sync.upload import Key
from ai_usage.usage.instant import MINUTE
from ai_usage.wire.rfc3339 import day_text

_NAMED: Final = 3
_LACKING: Final = "the server has records that this ledger lacks; run: ai-usage sync restore"
_MUCH: Final = 10_000
"""With so many new records or more, the digests are computed while the server stores them."""
_IN_VAIN_US: Final = 60 * MINUTE
"""In the background, days that were sent without success are not sent again for this long."""


class Pushed(NamedTuple):
    """The result of a push."""

    sent: int
    """New or changed records that were sent."""
    accepted: int
    """Sent records that the server did not have."""
    resent_days: tuple[str, ...]
    """Days that differed and were sent again."""
    refused: int
    """Records that the server will not take."""
    only_there: int
    """Records of this machine that only the server has."""
    days: Days
    differences: tuple[Difference, ...]
    """Days that still differ."""
    status: Status
    reason: str
    """Why the status is not `checked`."""


def push(session: Session, *, adopt: bool = False, mend: bool = True) -> Pushed:
    """Update the server from this machine's ledger.

    Args:
        session: of this run.
        adopt: take the name over from another installation, whose records are already merged into this ledger.
        mend: send days that differ again.
    """
    with Ledger.open(session.machine.paths.ledger, write=False) as reading, reading.snapshot() as snapshot:
        note = reading.note("report")
        pushing = _Push(session, snapshot, [] if note is None else [note], adopt=adopt)
        try:
            with quick_turns():
                return pushing.run(mend=mend)
        finally:
            pushing.leave()


class _Push:
    def __init__(self, session: Session, snapshot: Snapshot, notes: list[str], *, adopt: bool) -> None:
        self._session = session
        self._snapshot = snapshot
        self._notes = notes
        self._adopt = adopt
        self._confirmations = session.confirmations
        self._held = frozenset[Key]() if adopt else better_there(session, snapshot)
        self._range_end = range_end(session.machine.now(), session.remote.clock_offset_us)
        self._early = self._begin_early()
        self._sending = Sending(
            session,
            snapshot,
            held=self._held,
            adopt=adopt,
            meanwhile=self._early.step if self._early is not None else lambda: False,
        )
        self._own = session.state.host(session.machine_id)

    def run(self, *, mend: bool) -> Pushed:
        self._refuse_damage(0 if self._adopt else self._confirmations.confirmed().change_number)
        self._own.status, self._own.reason = Status.PENDING, "the last push did not come to its end"
        sent = self._send()
        refused = self._confirmations.refused()
        compare = self._begin_compare()
        days = self._days(refused)
        differences = compare(days)
        if differences:
            self._refuse_damage(0)
        resent = self._to_resend(differences) if mend else []
        if resent:
            self._sending.send_days(resent, refused)
            differences = self._compare(days)
            self._own.tried, self._own.tried_at = remember_tried(differences), self._session.machine.now()
        only_there = max(len(self._held), count_only_there(self._session, self._snapshot, differences))
        if refused:
            self._session.warn(_name_refused(self._snapshot, refused))
        reason = self._contradiction(differences, only_there, refused)
        if reason:
            self._own.status, self._own.reason = Status.FAILED, reason
        else:
            self._report(days, refused)
        return Pushed(
            sent,
            self._sending.accepted,
            tuple(day_text(each.day) for each in resent),
            len(refused),
            only_there,
            days,
            tuple(differences),
            Status(self._own.status),
            self._own.reason,
        )

    def _refuse_damage(self, after: int) -> None:
        """Refuse to send records that the disk changed.

        Raises:
            LedgerDamaged: a record with a higher change number is damaged.
        """
        if self._snapshot.damaged_after(after):
            raise LedgerDamaged(f"{self._session.machine.paths.ledger} is damaged")

    def leave(self) -> None:
        """Discard digests that were computed early and are not needed."""
        if self._early is not None:
            early = self._early.give_up()
            if early is not None:
                discard(early)
            self._early = None

    def _begin_early(self) -> Work[Early] | None:
        """Prepare to compute digests while sending, if there are many new records and no refused ones."""
        pending = self._snapshot.count_after(self._confirmations.confirmed().change_number)
        if pending < _MUCH or self._held or self._confirmations.refused():
            return None
        return Work(proving(self._session, self._snapshot, self._session.spelling, self._range_end))

    def _send(self) -> int:
        """Send the records that the server lacks, and return their number.

        After a restore nearly all records of the ledger come from the server, so only days that differ are sent.
        """
        if not (self._adopt and self._session.can.days):
            self._sending.offer_again()
            return self._sending.send_changes()
        differences = self._compare(self._days({}))
        if self._sending.send_days(differences):
            machines = self._session.machines(again=True)
            self._sending.confirm_all(seen_seq=max([each.content_revision for each in machines], default=0))
        return sum(each.our_count for each in differences)

    def _days(self, refused: Collection[int]) -> Days:
        if self._early is not None and refused:  # the early digests include the refused records
            self.leave()
        if self._early is not None:
            days = self._early.finish().days
        else:
            days = read_days(self._snapshot, self._session.spelling, refused, self._session.progress)
        self._confirmations.remember_days(days.computed, days.marks)
        return days

    def _compare(self, days: Days) -> list[Difference]:
        return self._begin_compare()(days)

    def _begin_compare(self) -> Callable[[Days], list[Difference]]:
        """Request the server's days, which take time after a large push; return a function that compares them."""
        session = self._session
        if not session.can.days:
            return lambda _: []
        begun = Begun(partial(session.remote.days, session.machine_id))
        return lambda days: differing(days.by_day, read_server_days(begun.wait()))

    def _to_resend(self, differences: list[Difference]) -> list[Difference]:
        """Choose the days to send again; in the background, days sent without success wait for an hour."""
        machine, own = self._session.machine, self._own
        if machine.by_hand or abs(machine.now() - own.tried_at) > _IN_VAIN_US:
            return differences
        return not_tried(differences, own.tried)

    def _contradiction(self, differences: list[Difference], only_there: int, refused: Collection[int]) -> str:
        """Explain how the server's records differ from this ledger's; empty if they are the same."""
        unaccounted = self._sending.unaccounted
        if only_there:
            return _LACKING
        if differences:
            return unaccounted or f"the server does not have the same records of {name_days(differences)}"
        if not self._session.can.days:
            if unaccounted:
                return unaccounted
            return lacks_by_count(self._session, self._sending, self._snapshot, refused)
        if unaccounted:  # all days are the same, so the server has everything
            self._sending.confirm_all()
        return ""

    def _report(self, days: Days, refused: dict[int, Refusal]) -> None:
        """Send this machine's report."""
        session = self._session
        statement, note = prove(
            session,
            self._snapshot,
            days,
            session.spelling,
            self._range_end,
            notes=self._notes,
            without=refused,
            early=None if self._early is None else self._early.finish(),
        )
        if note is not None:
            session.ledger.keep_note("report", note)
        hand_in(session, statement, self._range_end, adopt=self._adopt)


def _name_refused(snapshot: Snapshot, refused: dict[int, Refusal]) -> str:
    first = sorted(refused)[:_NAMED]
    named = "; ".join(
        f"{row[1]} {row[2][:80]}: {refused[row[0]].reason}" for row in snapshot.with_numbers(first)
    )
    more = f"; and {len(refused) - len(first)} more" if len(refused) > len(first) else ""
    several = "1 record is" if len(refused) == 1 else f"{len(refused)} records are"
    return f"{several} set aside, the server refuses: {named}{more}"
