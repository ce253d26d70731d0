"""A picture: everything the screen shows of one snapshot under one look; made in memory, without a question."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from ai_usage.monitor.events import Snapshot
from ai_usage.monitor.look import Look
from ai_usage.report.build import rows_by_key
from ai_usage.report.document import Row
from ai_usage.report.order import ordered
from ai_usage.report.overview import Overview, chosen_cells, overview_of, totals_by
from ai_usage.usage.bucket import Unit
from ai_usage.usage.total import Total
from ai_usage.usage.window import local_date

MOST_DAYS: Final = 400
"""Nobody looks at more bars than that."""


class Day(NamedTuple):
    """What was used on one local day."""

    date: date
    total: Total


class Picture(NamedTuple):
    """What the widgets draw."""

    look: Look
    overview: Overview
    days: tuple[Day, ...]
    """Every day of the window up to today, newest first, empty ones too."""
    hosts: tuple[Row, ...]
    """By machine, in the order of the look; empty where there is only one."""
    agents: tuple[Row, ...]
    """By agent, in the order of the look."""
    projects: tuple[Row, ...]
    """By project, in the order of the look."""
    notes: tuple[str, ...]


def picture_of(snapshot: Snapshot, look: Look, now: int, most_points: int) -> Picture:
    """Make a picture.

    Args:
        snapshot: the usage.
        look: filters, grouping and order.
        now: the instant.
        most_points: how many points the chart has room for.
    """
    usage = snapshot.usage
    question = usage.question._replace(filters=look.filters, sort=look.sort, now=now)
    name = snapshot.catalog.display_name
    overview = overview_of(usage, question, name, look.grouping, look.split, most_points)
    cells = chosen_cells(usage, look.filters, name)
    hosts: tuple[Row, ...] = ()
    if len(usage.hosts) > 1:
        hosts = tuple(ordered("hosts", rows_by_key("hosts", cells, name), look.sort))
    agents = tuple(ordered("vendors", rows_by_key("vendors", cells, name), look.sort))
    projects = tuple(ordered("projects", rows_by_key("projects", cells, name), look.sort))
    zone = question.zone.rules
    days: list[Day] = []
    if usage.buckets:
        first = local_date(usage.buckets[0].start, zone)
        day = local_date(min(usage.buckets[-1].end - 1, max(now, usage.buckets[0].start)), zone)
        by_date = dict(totals_by(Unit.DAY, usage, cells))
        while day >= first and len(days) < MOST_DAYS:
            days.append(Day(day, by_date.get(day.isoformat(), Total())))
            day -= timedelta(days=1)
    notes = (*overview.report.notes, *snapshot.notes, *snapshot.catalog.warnings)
    return Picture(look, overview, tuple(days), hosts, agents, projects, notes)
