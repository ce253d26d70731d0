"""Verify: compare this machine's ledger, the server and every other machine's file day by day, from the records.

New records are transferred first, as in any cycle, so that both sides should agree. No cached digest is used.
"""

from typing import NamedTuple

from ai_usage.errors import LedgerDamaged
from ai_usage.ledger.damage import look_through
from ai_usage.ledger.peer_file import PeerFile
from ai_usage.sync.integrity import Verdict, blame_source, check_hosts, judge
from ai_usage.sync.mending import compare_days, mend
from ai_usage.sync.plan import Difference
from ai_usage.sync.pull import Pull
from ai_usage.sync.push import Pushed, push
from ai_usage.sync.refetch import refetch
from ai_usage.sync.session import Session
from ai_usage.sync.state import Status


class HostProof(NamedTuple):
    """The result for one machine."""

    host_id: str
    local: bool
    status: Status
    reason: str
    record_count: int
    differences: tuple[Difference, ...]
    """Days on which the records here still differ from the server's."""
    moved_days: int
    """Days that were sent or fetched as a repair."""
    beyond_repair: bool = False
    """Whether transferring days cannot repair it; the reason then says what does."""

    @property
    def agrees(self) -> bool:
        """Whether no check found a difference."""
        return self.status is not Status.FAILED and not self.differences


def verify(session: Session, *, repair: bool) -> list[HostProof]:
    """Recompute every digest and compare; with `repair`, transfer the days that differ.

    Raises:
        LedgerDamaged: a file here is damaged.
    """
    for path in (session.machine.paths.ledger, *map(session.peer_path, session.peers())):
        damage = look_through(path)
        if any(damage):
            raise LedgerDamaged(f"{path} {damage}")
    session.confirmations.forget_digests()
    for host in session.peers():
        with PeerFile.take(session.peer_path(host)) as file:
            file.forget_digests()
    if repair:
        for known in session.state.hosts.values():
            known.tried = {}
    pushed = push(session, mend=repair)
    pull = Pull(session)
    pull.run()
    verdicts = check_hosts(session, pull, mending=repair)
    proofs = [_own(session, pushed)]
    for host, verdict in verdicts.items():
        proofs.append(_other(session, pull, host, verdict, repair=repair))
    session.settle_copies(ignore_marks=True)
    return proofs


def _own(session: Session, pushed: Pushed) -> HostProof:
    own = session.state.host(session.machine_id)
    failed = pushed.differences or pushed.only_there
    reason = own.reason
    if failed and not reason:
        reason = "the server does not have the same records"
    count = sum(known.record_count for known in pushed.days.by_day.values())
    return HostProof(
        session.machine_id,
        True,
        Status.FAILED if failed else pushed.status,
        reason,
        count,
        pushed.differences,
        len(pushed.resent_days),
        beyond_repair=pushed.only_there > 0,
    )


def _other(session: Session, pull: Pull, host: str, verdict: Verdict, *, repair: bool) -> HostProof:
    with_days = session.can.days and session.can.filtered_pull
    differences, moved = _compare(session, pull, host, repair=repair) if with_days else ([], 0)
    fetching_all = repair and bool(differences if with_days else verdict.status is Status.FAILED)
    if fetching_all:
        refetch(session, host)
        differences, _ = _compare(session, pull, host, repair=False) if with_days else ([], 0)
    if moved or fetching_all:
        verdict = judge(session, host)
    if not differences and not verdict.beyond_repair and (with_days or fetching_all):
        verdict = blame_source(verdict, host)
    with PeerFile.take(session.peer_path(host)) as file:
        count = file.record_count()
    status, reason, beyond_repair = verdict
    return HostProof(host, False, status, reason, count, tuple(differences), moved, beyond_repair)


def _compare(session: Session, pull: Pull, host: str, *, repair: bool) -> tuple[list[Difference], int]:
    """Return the days that still differ, and the number of days that were transferred."""
    with PeerFile.take(session.peer_path(host)) as file:
        differences = compare_days(session, file, host)
        if differences and pull.follow():  # the machine was sending meanwhile
            differences = compare_days(session, file, host)
        if not differences or not repair:
            return differences, 0
        mended = mend(session, file, host, session.reports().get(host))
        return list(mended.differences), len(mended.moved)
