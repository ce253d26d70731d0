"""A picture: everything that the screen shows of one snapshot and look, computed in memory without a query."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Final, NamedTuple

from ai_usage.monitor.events import Snapshot
from ai_usage.monitor.look import Look
from ai_usage.report.build import rows_by_key
from ai_usage.report.cells import Cell, Usage
from ai_usage.report.document import Keys, Row
from ai_usage.report.order import ordered
from ai_usage.report.overview import Overview, chosen_cells, overview_of, totals_by
from ai_usage.report.sums import Sums
from ai_usage.usage.bucket import Unit
from ai_usage.usage.total import Total
from ai_usage.usage.window import local_date, start_of_day

MOST_DAYS: Final = 120
"""More lines of bars than any screen has."""


class Day(NamedTuple):
    """The usage of one local day."""

    date: date
    total: Total


class Picture(NamedTuple):
    """The data that the widgets draw."""

    look: Look
    overview: Overview
    days: tuple[Day, ...]
    """The latest days of the window up to today, newest first, including empty ones; at most `MOST_DAYS`."""
    hosts: tuple[Row, ...]
    """By machine, in the order of the look; empty if there is only one."""
    agents: tuple[Row, ...]
    """By agent, in the order of the look."""
    projects: tuple[Row, ...]
    """By project, in the order of the look."""
    notes: tuple[str, ...]
    parts: Mapping[tuple[str, str | None], Mapping[str, Total]]
    """By `daily`, `hosts` or `projects` and the identity of a row: the usage of each agent."""


def picture_of(snapshot: Snapshot, look: Look, now: int, most_points: int) -> Picture:
    """Make a picture.

    Args:
        snapshot: the usage.
        look: filters, grouping and order.
        now: the instant.
        most_points: the number of points that fit into the chart.
    """
    usage = snapshot.usage
    question = usage.question._replace(filters=look.filters, sort=look.sort, now=now)
    name = snapshot.catalog.display_name
    overview = overview_of(usage, question, name, look.grouping, look.split, most_points)
    cells = chosen_cells(usage, look.filters, name)
    whole = _without_time(cells)
    hosts: tuple[Row, ...] = ()
    if len(usage.hosts) > 1:
        hosts = tuple(ordered("hosts", rows_by_key("hosts", whole, name), look.sort))
    agents = tuple(ordered("vendors", rows_by_key("vendors", whole, name), look.sort))
    projects = tuple(ordered("projects", rows_by_key("projects", whole, name), look.sort))
    days = tuple(_days(usage, cells, question.zone.rules, now))
    notes = (*overview.report.notes, *snapshot.notes, *snapshot.catalog.warnings)
    parts = _parts(usage, cells, name)
    return Picture(look, overview, days, hosts, agents, projects, notes, parts)


def identity(keys: Keys) -> str | None:
    """Return the identity of a row among others of its kind: for a project its key, if it has one."""
    return keys[-1] or keys[0]


def _parts(
    usage: Usage, cells: Sequence[Cell], name: Callable[[str], str]
) -> Mapping[tuple[str, str | None], Mapping[str, Total]]:
    """Return the usage of each agent for each day, machine and project."""
    parts: dict[tuple[str, str | None], dict[str, Total]] = {}
    by_agent: dict[str, list[Cell]] = {}
    for cell in cells:
        by_agent.setdefault(cell.vendor, []).append(cell)
    for vendor, own in by_agent.items():
        whole = _without_time(own)
        for kind in ("hosts", "projects"):
            for row in rows_by_key(kind, whole, name):
                parts.setdefault((kind, identity(row.keys)), {})[vendor] = row.total
        for day, total in totals_by(Unit.DAY, usage, own):
            parts.setdefault(("daily", day), {})[vendor] = total
    return parts


def _without_time(cells: Sequence[Cell]) -> list[Cell]:
    """Sum cells that differ only by time: years have thousands, and each comparison would sum them again."""
    sums: Sums[tuple[str, str, str, str | None, str | None]] = Sums()
    for cell in cells:
        sums.add(cell[1:6], cell.total)
    return [Cell(0, *keys, total) for keys, total in sums.items()]


def _days(usage: Usage, cells: Sequence[Cell], zone: tzinfo, now: int) -> Iterator[Day]:
    """Yield the latest days of the window, the newest first."""
    if not usage.buckets:
        return
    latest = min(usage.buckets[-1].end - 1, max(now, usage.buckets[0].start))
    last = local_date(latest, zone)
    first = max(local_date(usage.buckets[0].start, zone), last - timedelta(days=MOST_DAYS - 1))
    since = start_of_day(first, zone)
    recent = [cell for cell in cells if usage.buckets[cell.bucket].end > since]
    by_date = dict(totals_by(Unit.DAY, usage, recent))
    for back in range((last - first).days + 1):
        day = last - timedelta(days=back)
        yield Day(day, by_date.get(day.isoformat(), Total()))
