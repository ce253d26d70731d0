"""Cells: the priced usage of a window, summed by bucket of time and by all that rows, series and filters ask for."""

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
    """What was used in one bucket by one machine, agent, model and project."""

    bucket: int
    """Index into `Usage.buckets`."""
    host: str
    vendor: str
    model: str
    project: str | None
    project_key: str | None
    total: Total


class Usage(NamedTuple):
    """All that overviews of one window can be made of, in memory, without asking a ledger again."""

    question: Question
    """What was read; its filters are applied already."""
    hosts: tuple[str, ...]
    """Every known machine."""
    local: tuple[str, ...]
    """Those of them whose logs are read here."""
    unit: Unit
    """Hours for a day or two, else days."""
    buckets: tuple[Bucket, ...]
    """They cover the window."""
    cells: Mapping[bool, tuple[Cell, ...]]
    """By whether requests that another machine's records show as well are counted."""
    doubts: Mapping[str, Doubts]
    """By machine."""
    names: Names
    """What machines call projects."""


def read_usage(
    question: Question,
    views: Sequence[HostView],
    catalog: Catalog,
    *,
    projects: bool = True,
    both_ways: bool = False,
) -> Usage:
    """Ask the ledgers for the usage of a window.

    Args:
        question: what is asked.
        views: every known machine.
        catalog: prices and names of models.
        projects: whether projects are told apart.
        both_ways: whether some machines may be chosen out of it later, so that copies matter or not.

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
    """Price groups and sum them to cells."""
    sums: Sums[tuple[int, str, str, str, str | None, str | None]] = Sums()
    for view, group in groups:
        sums.add(
            (group.bucket, view.host, group.vendor, group.model, group.project, group.project_key),
            costing.total_of(group),
        )
    return tuple(Cell(*keys, total) for keys, total in sums.items())


def buckets_of(question: Question, gathering: Gathering, unit: Unit) -> list[Bucket]:
    """Cut the window into buckets, from its start or the first record to its end or right after the last one."""
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
