"""Integrity: compare the records stored here for each other machine with that machine's report."""

from typing import NamedTuple

from ai_usage.ledger.peer_file import PeerFile
from ai_usage.sync.books import Statement, read_days
from ai_usage.sync.known import hidden_hosts
from ai_usage.sync.mending import mend
from ai_usage.sync.proof import changed_since_checked, prove
from ai_usage.sync.pull import Pull
from ai_usage.sync.refusals import NotSupported
from ai_usage.sync.session import Session
from ai_usage.sync.state import Status
from ai_usage.sync.transcript import Expected
from ai_usage.sync.translate import Spelling
from ai_usage.usage.instant import to_text
from ai_usage.wire.messages import Report
from ai_usage.wire.rfc3339 import read_instant


class Verdict(NamedTuple):
    """The integrity of one machine's records."""

    status: Status
    reason: str = ""
    beyond_repair: bool = False
    """Whether fetching days again cannot repair it; the reason then says what does."""


_AT_WORK = Verdict(Status.PENDING, "its report is older than its records; tried again next time")


def check_hosts(session: Session, pull: Pull, *, mending: bool = True) -> dict[str, Verdict]:
    """Compare each machine's file with its report, and fetch the days that differ.

    Args:
        session: of this run.
        pull: of this run; it pulls once more before a machine is called failed.
        mending: whether to fetch days that differ.
    """
    hidden = hidden_hosts(session.ledger)
    hosts = [host for host in session.peers() if host not in hidden]
    try:
        reports = session.reports(again=True)
    except NotSupported:
        verdicts = dict.fromkeys(
            hosts, Verdict(Status.UNSUPPORTED, "the server is older than integrity reports")
        )
    else:
        can_mend = mending and session.can.days and session.can.filtered_pull
        verdicts = {host: _look(session, host, reports.get(host), hasty=can_mend) for host in hosts}
        doubtful = [host for host, verdict in verdicts.items() if verdict.status is Status.FAILED]
        if doubtful:
            verdicts |= _look_again(session, pull, doubtful, reports, mending=can_mend)
    for host, verdict in verdicts.items():
        _remember(session, host, verdict)
    known_hosts = {session.machine_id, *hosts}
    session.state.hosts = {host: kept for host, kept in session.state.hosts.items() if host in known_hosts}
    session.save()
    return verdicts


def judge(session: Session, host: str) -> Verdict:
    """Compare a machine's file with its report after a repair."""
    verdict = _look(session, host, session.reports().get(host))
    _remember(session, host, verdict)
    return verdict


def _remember(session: Session, host: str, verdict: Verdict) -> None:
    known = session.state.host(host)
    known.status, known.reason = verdict.status, verdict.reason


def _look(session: Session, host: str, report: Report | None, *, hasty: bool = False) -> Verdict:
    """Compare a file with a report, computing only what changed.

    Args:
        session: of this run.
        host: the machine.
        report: the machine's own report.
        hasty: fail at once, without a new digest, if the file matched this report earlier and has changed since.
    """
    if report is None:
        return Verdict(Status.PENDING, "it has not reported yet")
    range_end = read_instant(report.range_end_utc)
    if range_end is None:
        return Verdict(Status.PENDING, "its report has no readable range")
    expected = Expected(report.record_count, report.digest_sha256)
    with PeerFile.take(session.peer_path(host)) as file:
        notes = [note for key in ("checked", "report") if (note := file.note(key)) is not None]
        wanted = Statement(range_end, *expected)
        with file.snapshot() as snapshot:
            days = read_days(snapshot, Spelling(host), progress=session.progress)
            if hasty and changed_since_checked(notes, wanted, days, Spelling(host)):
                return Verdict(Status.FAILED, "its records changed here since they were checked")
            proved = prove(session, snapshot, days, Spelling(host), range_end, notes=notes, expected=expected)
        if days.computed:
            file.remember_days(days.computed, days.marks)
        if proved.note is not None:
            file.keep_note("checked" if proved.statement == wanted else "report", proved.note)
        filling = file.note("fill") is not None
        latest = file.note("latest") or ""
    known = session.state.host(host)
    known.range_end, known.record_count = to_text(range_end), proved.statement.record_count
    known.proved_at = to_text(session.machine.now())
    if proved.statement[1:] == expected:
        return Verdict(Status.CHECKED)
    if report.stale or (not session.can.days and latest >= report.computed_at):
        return _AT_WORK
    if filling:
        return Verdict(Status.PENDING, "its records are still being fetched")
    return Verdict(Status.FAILED, _told(proved.statement, expected))


def _told(statement: Statement, expected: Expected) -> str:
    if statement.record_count != expected.record_count:
        here = "1 record is" if statement.record_count == 1 else f"{statement.record_count:,} records are"
        return f"{here} here, it reported {expected.record_count:,}"
    return f"as many records as it reported, {expected.record_count:,}, but not the same"


def _look_again(
    session: Session, pull: Pull, hosts: list[str], before: dict[str, Report], *, mending: bool
) -> dict[str, Verdict]:
    """Rule out that a machine was writing during the pull, then repair; a difference that remains is a failure.

    If a report is the same and not stale before and after a pull, no row before its range's end was written
    meanwhile, and the pull has received all of them.
    """
    pull.follow()
    after = session.reports(again=True)
    verdicts: dict[str, Verdict] = {}
    for host in hosts:
        report = after.get(host)
        if report != before[host]:
            verdicts[host] = _AT_WORK if report is None or report.stale else _look(session, host, report)
        else:
            verdicts[host] = _look(session, host, report, hasty=mending)
        if verdicts[host].status is Status.FAILED and mending:
            verdicts[host] = _mend(session, host, after[host])
    return verdicts


def _mend(session: Session, host: str, report: Report) -> Verdict:
    range_end = read_instant(report.range_end_utc)
    with PeerFile.take(session.peer_path(host)) as file:
        mended = mend(session, file, host, report, range_end)
    verdict = _look(session, host, report)
    if verdict.status is Status.FAILED and mended.left:
        return Verdict(Status.PENDING, f"{mended.left:,} more days differ; the next sync fetches them")
    if verdict.status is Status.FAILED and mended.moved and session.reports(again=True).get(host) != report:
        return _AT_WORK
    return verdict if mended.differences else blame_source(verdict, host)


def blame_source(verdict: Verdict, host: str) -> Verdict:
    """Explain a failure whose records are the same on the server: the other machine must push again."""
    if verdict.status is not Status.FAILED:
        return verdict
    reason = f"{verdict.reason}; the server has the same, so run on {host}: ai-usage sync push"
    return Verdict(Status.FAILED, reason, beyond_repair=True)
