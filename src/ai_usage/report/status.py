"""The figures of the status line: today, this week, and the session that shows it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.costing import Costing
from ai_usage.report.document import Keys
from ai_usage.report.gather import Gathering, HostView
from ai_usage.report.question import Question
from ai_usage.report.sums import Sums
from ai_usage.usage.total import Total
from ai_usage.usage.window import local_date, start_of_day

SESSION_DAYS: Final = 14
"""The number of days in which requests of a session are searched."""


class Status(NamedTuple):
    """The figures of the status line."""

    today: Total
    week: Total
    """Since Monday, today included."""
    session: Total | None
    """None if no session is named, or none of its requests has been read."""
    hosts: int
    """The number of machines used this week."""
    until: int
    """The instant at which today ends."""


def build_status(
    question: Question, views: Sequence[HostView], catalog: Catalog, session_id: str | None
) -> Status:
    """Sum up today, this week and the last days of a session of this machine."""
    gathering = Gathering(views, question.filters, catalog.display_name)
    costing = Costing(catalog, question.cost_mode)
    zone = question.zone.rules
    date = local_date(question.now, zone)
    monday, today, tomorrow = (
        start_of_day(date + timedelta(days=days), zone) for days in (-date.weekday(), 0, 1)
    )
    sums: Sums[Keys] = Sums()
    hosts = set()
    for view, group in gathering.sums([(monday, today), (today, tomorrow)]):
        hosts.add(view.host)
        total = costing.total_of(group)
        sums.add(("week",), total)
        if group.bucket == 1:
            sums.add(("today",), total)
    if session_id is not None:
        begin = start_of_day(date - timedelta(days=SESSION_DAYS), zone)
        for group in gathering.one_session((begin, tomorrow), session_id):
            sums.add(("session",), costing.total_of(group))
    found = dict(sums.items())
    return Status(
        found.get(("today",), Total()),
        found.get(("week",), Total()),
        found.get(("session",)),
        len(hosts),
        tomorrow,
    )
