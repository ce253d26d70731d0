"""One cycle of sync: push, pull, check integrity, and decide which of several copies counts."""

from typing import NamedTuple

from ai_usage.sync.integrity import Verdict, check_hosts
from ai_usage.sync.own_report import expect_report
from ai_usage.sync.pull import Pull, Pulled
from ai_usage.sync.push import Pushed, push
from ai_usage.sync.running import running
from ai_usage.sync.session import Session, ThisMachine
from ai_usage.sync.state import Status, log
from ai_usage.usage.instant import to_text


class Cycled(NamedTuple):
    """The result of a cycle; None for a half that was not requested."""

    pushed: Pushed | None
    pulled: Pulled | None
    verdicts: dict[str, Verdict]
    """By other machine."""
    warnings: tuple[str, ...]
    requests: int


def run_cycle(machine: ThisMachine, *, pushing: bool = True, pulling: bool = True) -> Cycled:
    """Run a cycle, or only its push or pull.

    Raises:
        LedgerBusy: another sync runs.
        LedgerError: the ledger or the cache cannot be written.
        ServerError: the server cannot be reached or refuses.
    """
    with running(machine) as session:
        pushed = push_half(session) if pushing else None
        pulled, verdicts = pull_half(session) if pulling else (None, {})
        session.settle_copies()
        if pushed is not None:
            pushed = look_up(session, pushed)
    return Cycled(pushed, pulled, verdicts, tuple(session.warnings), session.remote.requests)


def look_up(session: Session, pushed: Pushed) -> Pushed:
    """Return the push's result with the machine's status, which is `checked` only if the server shows its report."""
    if session.handed_in is not None:
        expect_report(session, session.reports())
    own = session.state.host(session.machine_id)
    return pushed._replace(status=Status(own.status), reason=own.reason)


def push_half(session: Session) -> Pushed:
    """Push, and record it in the state and the log."""
    pushed = push(session)
    now = session.machine.now()
    session.state.last_push = to_text(now)[:19] + "Z"
    if pushed.sent or pushed.resent_days:
        days = f", {len(pushed.resent_days)} days sent again" if pushed.resent_days else ""
        log(session.machine.paths.sync_log, now, f"push: {pushed.sent} records{days}")
    if pushed.only_there:
        session.warn(
            f"the server has {pushed.only_there} records of this machine that this ledger lacks; "
            "run: ai-usage sync restore"
        )
    session.save()
    return pushed


def pull_half(session: Session) -> tuple[Pulled, dict[str, Verdict]]:
    """Pull and check, and record it in the state and the log."""
    pull = Pull(session)
    pull.run()
    verdicts = check_hosts(session, pull)
    now = session.machine.now()
    session.state.last_pull = to_text(now)[:19] + "Z"
    pulled = pull.outcome
    if pulled.received:
        log(session.machine.paths.sync_log, now, f"pull: {pulled.received} records")
    for host, verdict in verdicts.items():
        if verdict.reason:
            log(session.machine.paths.sync_log, now, f"{host}: {verdict.status}: {verdict.reason}")
    return pulled, verdicts
