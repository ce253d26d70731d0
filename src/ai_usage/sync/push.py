"""Push: what the server has not confirmed goes up, then days are compared, then this machine reports on itself.

All of it reads one snapshot of the ledger, so that the report covers exactly what was confirmed, whatever is
ingested meanwhile.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ai_usage.ledger.confirmations import Refusal
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.snapshot import Snapshot
from ai_usage.sync.ahead import Begun, Work, quick_turns
from ai_usage.sync.books import Days, read_days
from ai_usage.sync.lacking import better_there, count_only_there
from ai_usage.sync.own_report import hand_in
from ai_usage.sync.plan import (
    Difference,
    differing,
    not_tried,
    range_end,
    read_server_days,
    remember_tried,
)
from ai_usage.sync.proof import Early, discard, prove, proving
from ai_usage.sync.session import Session
from ai_usage.sync.state import Status
from ai_usage.sync.upload import Key, Uploader
from ai_usage.wire.rfc3339 import day_text

_NAMED = 3
_LACKING = "the server has records that this ledger lacks; run: ai-usage sync restore"
_MUCH = 10_000
"""From so many records on, the server is busy for long enough to do something else meanwhile."""


class Pushed(NamedTuple):
    """What a push did."""

    sent: int
    """Records that were sent because they are new or changed."""
    accepted: int
    """Of all that was sent, what the server did not have."""
    resent_days: tuple[str, ...]
    """Days that differed and were sent again."""
    refused: int
    """Records that the server will not take."""
    only_there: int
    """Records of this machine that only the server has."""
    days: Days
    differences: tuple[Difference, ...]
    """Days that differ at the end."""
    status: Status


def push(session: Session, *, adopt: bool = False, mend: bool = True) -> Pushed:
    """Bring the server up to this machine's ledger.

    Args:
        session: of this run.
        adopt: take the name over from another installation, whose records were merged before.
        mend: send days again that differ.
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
        self._uploader = Uploader(
            session,
            held=self._held,
            adopt=adopt,
            meanwhile=self._early.step if self._early is not None else lambda: False,
        )
        self._own = session.state.host(session.machine_id)

    def run(self, *, mend: bool) -> Pushed:
        if self._adopt and self._session.can.days:
            sent = self._send_days()
        else:
            self._offer_again()
            sent = self._send_changes()
        refused = self._confirmations.refused()
        compare = self._begin_compare()
        days = self._days(refused)
        resent: list[Difference] = []
        differences = compare(days)
        if mend and differences:
            resent = not_tried(differences, self._own.tried)
            if resent:
                self._resend(resent, refused)
                differences = self._compare(days)
                self._own.tried = remember_tried(differences)
        only_there = max(len(self._held), count_only_there(self._session, self._snapshot, differences))
        if refused:
            self._session.warn(_name_refused(self._snapshot, refused))
        status = self._report(days, refused, incomplete=only_there > 0)
        return Pushed(
            sent,
            self._uploader.accepted,
            tuple(day_text(each.day) for each in resent),
            len(refused),
            only_there,
            days,
            tuple(differences),
            status,
        )

    def leave(self) -> None:
        """Leave nothing half done behind."""
        if self._early is not None:
            early = self._early.give_up()
            if early is not None:
                discard(early)
            self._early = None

    def _begin_early(self) -> Work[Early] | None:
        """Prove while the server takes what is new, where that is much and nothing was refused before."""
        pending = self._snapshot.count_after(self._confirmations.confirmed().change_number)
        if pending < _MUCH or self._held or self._confirmations.refused():
            return None
        return Work(proving(self._session, self._snapshot, self._session.spelling, self._range_end))

    def _offer_again(self) -> None:
        """Send what another version of the server refused."""
        version = self._session.health.version
        again = [
            number
            for number, refusal in self._confirmations.refused().items()
            if refusal.server_version != version
        ]
        if again:
            for _ in self._uploader.send(self._snapshot.with_numbers(again)):
                pass
            refused = self._take_refused()
            self._confirmations.confirm(0, refused, set(again) - refused.keys(), seen_seq=self._seen())

    def _send_changes(self) -> int:
        """Send what has no confirmation yet."""
        start = self._confirmations.confirmed().change_number
        total = self._snapshot.count_after(start)
        sent = 0
        for numbers in self._uploader.send(self._snapshot.changed_after(start)):
            self._confirmations.confirm(numbers[-1], self._take_refused(), seen_seq=self._seen())
            sent += len(numbers)
            self._session.progress("pushing records", sent, total)
        self._confirmations.confirm(self._snapshot.last_change(), self._take_refused(), seen_seq=self._seen())
        return sent

    def _send_days(self) -> int:
        """Send the days that differ: after a restore, nearly all that the ledger has came from the server."""
        differences = self._compare(self._days({}))
        self._resend(differences, {})
        highest = max([each.content_revision for each in self._session.machines(again=True)], default=0)
        self._confirmations.confirm(self._snapshot.last_change(), seen_seq=highest)
        return sum(each.our_count for each in differences)

    def _seen(self) -> int | None:
        """Return the server's highest number, unless this ledger still lacks records with lower ones."""
        return None if self._held else self._uploader.seen_seq

    def _take_refused(self) -> dict[int, Refusal]:
        refused, self._uploader.refused = self._uploader.refused, {}
        return refused

    def _days(self, refused: dict[int, Refusal]) -> Days:
        if self._early is not None and refused:  # what was computed counts them in
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
        """Ask for the server's days, which it must first compute after a large push; return what compares them."""
        session = self._session
        if not session.can.days:
            return lambda _: []
        begun = Begun(partial(session.remote.days, session.machine_id))
        return lambda days: differing(days.by_day, read_server_days(begun.wait()))

    def _resend(self, differences: list[Difference], refused: dict[int, Refusal]) -> None:
        for done, each in enumerate(differences, 1):
            rows = [row for row in self._snapshot.of_day(each.day) if row[0] not in refused]
            for _ in self._uploader.send(rows):
                pass
            self._session.progress("mending days", done, len(differences))
        self._confirmations.confirm(0, self._take_refused(), seen_seq=self._seen())

    def _report(self, days: Days, refused: dict[int, Refusal], *, incomplete: bool) -> Status:
        """Hand in this machine's report, unless the ledger lacks records that it once had."""
        session = self._session
        own = self._own
        if incomplete:
            own.status, own.reason = Status.FAILED, _LACKING
            return Status.FAILED
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
        return hand_in(session, statement, self._range_end, adopt=self._adopt)


def _name_refused(snapshot: Snapshot, refused: dict[int, Refusal]) -> str:
    first = sorted(refused)[:_NAMED]
    named = "; ".join(
        f"{row[1]} {row[2][:80]}: {refused[row[0]].reason}" for row in snapshot.with_numbers(first)
    )
    more = f"; and {len(refused) - len(first)} more" if len(refused) > len(first) else ""
    several = "1 record is" if len(refused) == 1 else f"{len(refused)} records are"
    return f"{several} set aside, the server refuses: {named}{more}"
