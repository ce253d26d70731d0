"""Cells: the priced usage of a window, summed by time bucket and by every field that rows, series and filters use."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.costing import Costing
from ai_usage.report.gather import Gathering, HostView
from ai_usage.report.projects import Names
from ai_usage.report.question import Question
from ai_usage.report.sums import Sums
from ai_usage.usage.bucket import Bucket, Unit, cut
from ai_usage.usage.group import Doubts, Group
from ai_usage.usage.total import Total

_FEWEST_DAYS_WITHOUT_HOURS = 3


class Cell(NamedTuple):
    """The usage of one bucket by one machine, agent, model and project."""

    bucket: int
    """Index into `Usage.buckets`."""
    host: str
    vendor: str
    model: str
    project: str | None
    project_key: str | None
    total: Total


class Usage(NamedTuple):
    """The usage of one window in memory, enough for every overview of it without another query of the ledgers."""

    question: Question
    """The question; its filters are already applied."""
    hosts: tuple[str, ...]
    """Every known machine."""
    local: tuple[str, ...]
    """The machines whose logs are read here."""
    unit: Unit
    """Hours for a day or two, else days."""
    buckets: tuple[Bucket, ...]
    """The buckets, which cover the window."""
    cells: Mapping[bool, tuple[Cell, ...]]
    """The cells with (`True`) and without (`False`) requests that another machine's copy shadows."""
    doubts: Mapping[str, Doubts]
    """By machine."""
    names: Names
    """The machines' names of projects."""


def read_usage(
    question: Question,
    views: Sequence[HostView],
    catalog: Catalog,
    *,
    projects: bool = True,
    both_ways: bool = False,
) -> Usage:
    """Read the usage of a window from the ledgers.

    Args:
        question: the window, filters and options.
        views: every known machine.
        catalog: prices and names of models.
        projects: whether to group by project.
        both_ways: whether to read the cells with and without copies, for a later choice of machines.

    Raises:
        UsageError: the question names a machine that is not known.
    """
    gathering = Gathering(views, question.filters, catalog.display_name)
    unit, buckets = _fine_buckets(question, gathering)
    spans = [(bucket.start, bucket.end) for bucket in buckets]
    costing = Costing(catalog, question.cost_mode)
    ways = {gathering.copies, both_ways or gathering.copies}
    span = question.window.span
    return Usage(
        question=question,
        hosts=tuple(view.host for view in views),
        local=tuple(view.host for view in views if view.local),
        unit=unit,
        buckets=tuple(buckets),
        cells={
            copies: sum_cells(gathering.sums(spans, projects=projects, copies=copies), costing)
            for copies in ways
        },
        doubts={view.host: view.ledger.doubts(*span) for view in gathering.views},
        names=gathering.names,
    )


def sum_cells(groups: Iterable[tuple[HostView, Group]], costing: Costing) -> tuple[Cell, ...]:
    """Price groups and sum them into cells."""
    sums: Sums[tuple[int, str, str, str, str | None, str | None]] = Sums()
    for view, group in groups:
        sums.add(
            (group.bucket, view.host, group.vendor, group.model, group.project, group.project_key),
            costing.total_of(group),
        )
    return tuple(Cell(*keys, total) for keys, total in sums.items())


def buckets_of(question: Question, gathering: Gathering, unit: Unit) -> list[Bucket]:
    """Cut the window into buckets; without bounds it reaches from the first record to the last one."""
    start, end = question.window
    if start is None or end is None:
        extent = gathering.extent()
        if extent is None:
            return []
        start = extent[0] if start is None else start
        end = extent[1] if end is None else end
    return cut(start, end, unit, question.zone.rules)


def _fine_buckets(question: Question, gathering: Gathering) -> tuple[Unit, list[Bucket]]:
    days = buckets_of(question, gathering, Unit.DAY)
    if 0 < len(days) < _FEWEST_DAYS_WITHOUT_HOURS:
        return Unit.HOUR, buckets_of(question, gathering, Unit.HOUR)
    return Unit.DAY, days
