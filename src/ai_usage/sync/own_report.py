"""Send this machine's integrity report to the server."""

from collections.abc import Mapping

from ai_usage.sync.books import Statement
from ai_usage.sync.refusals import NotSupported
from ai_usage.sync.session import Session
from ai_usage.sync.state import Status
from ai_usage.usage.instant import to_text
from ai_usage.wire.digest import REPORT_ALGORITHM
from ai_usage.wire.messages import Report


def hand_in(session: Session, statement: Statement, range_end: int, *, adopt: bool) -> None:
    """Send this machine's report to the server, and store the result in the state.

    Args:
        session: of this run.
        statement: the computed contents of the report.
        range_end: the instant at which the report ends, in microseconds since 1970.
        adopt: take the name over from another installation.
    """
    own = session.state.host(session.machine_id)
    report = Report(
        session.machine_id,
        REPORT_ALGORITHM,
        to_text(range_end),
        statement.record_count,
        statement.digest,
        to_text(session.machine.now()),
    )
    own.range_end, own.record_count, own.proved_at = (
        report.range_end_utc,
        report.record_count,
        report.computed_at,
    )
    try:
        session.remote.submit(report, adopt=adopt)
    except NotSupported:
        own.status, own.reason = Status.UNSUPPORTED, "the server is older than integrity reports"
    else:
        own.status, own.reason = Status.CHECKED, ""
        session.handed_in = report


def expect_report(session: Session, reports: Mapping[str, Report]) -> None:
    """Set this machine to pending unless the server shows the report that was sent in this run."""
    handed_in, shown = session.handed_in, reports.get(session.machine_id)
    if handed_in is None or (shown is not None and _said(shown) == _said(handed_in)):
        return
    own = session.state.host(session.machine_id)
    own.status, own.reason = Status.PENDING, "the server does not show the report that was handed in"


def _said(report: Report) -> tuple[str, int, str]:
    return report.range_end_utc, report.record_count, report.digest_sha256
