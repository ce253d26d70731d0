"""The overview: one report and its usage over time, for `--once` and the monitor."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.build import finish, has_other_machines, rows_by_key
from ai_usage.report.cells import Cell, Usage, read_usage
from ai_usage.report.document import BY_TIME, Report, Row
from ai_usage.report.gather import HostView, Sieve
from ai_usage.report.notes import Caveats
from ai_usage.report.question import Filters, Question
from ai_usage.report.sums import Sums, sum_of
from ai_usage.usage.bucket import Bucket, Unit, cut
from ai_usage.usage.group import Doubts
from ai_usage.usage.total import Total
from ai_usage.usage.window import local_date

Split = Literal["vendor", "model", "host"]
"""The kind of a chart's series."""

MOST_SERIES: Final = 6
"""The most series that a reader can distinguish; the smallest are combined."""
OTHERS: Final = "others"
_UNITS: Final = {"daily": Unit.DAY, "weekly": Unit.WEEK, "monthly": Unit.MONTH}


class Point(NamedTuple):
    """The usage of one bucket."""

    bucket: Bucket
    total: Total
    parts: tuple[tuple[str, Total], ...]
    """The series with usage, in the order of `Overview.series`."""


class Overview(NamedTuple):
    """One report, and the same usage over time."""

    report: Report
    unit: Unit
    points: tuple[Point, ...]
    """Every bucket of the window, empty ones too."""
    series: tuple[str, ...]
    """The series of the points, the most expensive first, at most `MOST_SERIES`."""
    owners: Mapping[str, str]
    """The agent of each series: for a model, the first agent by name that used it; empty without one."""
    days: int
    """Local days from the window's start, or the first request, up to now or the window's end."""

    @property
    def by_agent(self) -> bool:
        """Whether each series is an agent."""
        return all(name == owner for name, owner in self.owners.items() if name != OTHERS)

    @property
    def cost_per_day(self) -> int | None:
        """Pico-USD; None when the cost is not known."""
        cost = self.report.total.known_cost
        return None if cost is None else cost // max(self.days, 1)


def build_overview(
    question: Question,
    views: Sequence[HostView],
    catalog: Catalog,
    name: str = "models",
    most_points: int = 100,
) -> Overview:
    """Build an overview.

    Args:
        question: the window, filters and options.
        views: every known machine.
        catalog: prices and names of models.
        name: the report in it: `models`, `vendors`, `hosts` or `projects`.
        most_points: the largest number of points, which decides on their length.

    Raises:
        UsageError: the question names a machine that is not known.
    """
    usage = read_usage(question, views, catalog, projects=name == "projects")
    return overview_of(usage, question, catalog.display_name, name, most_points=most_points)


def overview_of(
    usage: Usage,
    question: Question,
    display_name: Callable[[str], str],
    name: str = "models",
    split: Split = "vendor",
    most_points: int = 100,
) -> Overview:
    """Make an overview from usage in memory.

    Args:
        usage: the usage of the question's window.
        question: the question; its filters may select a part of the usage.
        display_name: returns a model's display name.
        name: the report in it, any except `sessions`.
        split: the kind of the series.
        most_points: the largest number of points, which decides on their length.
    """
    chosen = _chosen_hosts(usage, question.filters)
    hosts = [host for host in chosen if question.filters.only_host in {None, host}]
    cells = chosen_cells(usage, question.filters, display_name)
    if name in BY_TIME:
        rows = [Row((key,), total, key) for key, total in totals_by(_UNITS[name], usage, cells)]
    else:
        rows = rows_by_key(name, cells, display_name)
    caveats = Caveats(
        unpriced_models={cell.model for cell in cells if cell.total.unpriced_tokens},
        doubts=_add_doubts([usage.doubts[host] for host in hosts]),
        other_machines=has_other_machines(cells, usage.local),
        overlapping=len(hosts) > 1 and len(chosen) < len(usage.hosts),
    )
    unit, buckets = _coarser(usage, most_points)
    series, points = _points(usage, cells, buckets, _labels(split, display_name))
    return Overview(
        report=finish(name, question, rows, caveats),
        unit=unit,
        points=points,
        series=series,
        owners=_owners(series, split, cells, display_name),
        days=_days(question, usage.buckets),
    )


def _chosen_hosts(usage: Usage, filters: Filters) -> list[str]:
    return [host for host in usage.hosts if not filters.host or host in filters.host]


def chosen_cells(usage: Usage, filters: Filters, display_name: Callable[[str], str]) -> list[Cell]:
    """Return the cells that pass the filters; a request on two machines counts once, unless machines are chosen."""
    hosts = _chosen_hosts(usage, filters)
    copies = len(hosts) < len(usage.hosts) or len(usage.hosts) == 1
    if filters.only_host is not None:
        hosts = [host for host in hosts if host == filters.only_host]
    wanted = Sieve(filters, display_name, usage.names).lets_through
    return [cell for cell in usage.cells[copies] if cell.host in hosts and wanted(cell)]


def _labels(split: Split, display_name: Callable[[str], str]) -> Callable[[Cell], str]:
    match split:
        case "vendor":
            return lambda cell: cell.vendor
        case "model":
            return lambda cell: display_name(cell.model)
        case "host":
            return lambda cell: cell.host


def _owners(
    series: Sequence[str], split: Split, cells: Sequence[Cell], display_name: Callable[[str], str]
) -> Mapping[str, str]:
    """Return the agent of each series."""
    if split == "host":
        return dict.fromkeys(series, "")
    label = _labels(split, display_name)
    owners: dict[str, str] = {}
    for cell in cells:
        name = label(cell)
        owners[name] = min(owners.get(name, cell.vendor), cell.vendor)
    return {name: owners.get(name, "") for name in series}


def _coarser(usage: Usage, most_points: int) -> tuple[Unit, Sequence[Bucket]]:
    """Return the shortest buckets of which at most `most_points` cover the window."""
    if len(usage.buckets) <= most_points:
        return usage.unit, usage.buckets
    for unit in (Unit.DAY, Unit.WEEK):
        buckets = _recut(usage, unit)
        if len(buckets) <= most_points:
            return unit, buckets
    return Unit.MONTH, _recut(usage, Unit.MONTH)


def _recut(usage: Usage, unit: Unit) -> Sequence[Bucket]:
    if unit is usage.unit or not usage.buckets:
        return usage.buckets
    return cut(usage.buckets[0].start, usage.buckets[-1].end, unit, usage.question.zone.rules)


def _places(usage: Usage, buckets: Sequence[Bucket]) -> list[int]:
    """Return the index of the bucket that contains each of the usage's own buckets."""
    starts = [bucket.start for bucket in buckets]
    return [bisect_right(starts, bucket.start) - 1 for bucket in usage.buckets]


def bucket_of(usage: Usage, name: str, key: str) -> Bucket:
    """Return the bucket of one row of a report by time.

    Args:
        usage: the usage from which the report was built.
        name: the report's name.
        key: the row's key.
    """
    return next(bucket for bucket in _recut(usage, _UNITS[name]) if bucket.name == key)


def totals_by(unit: Unit, usage: Usage, cells: Sequence[Cell]) -> list[tuple[str, Total]]:
    """Sum cells by day, week or month, in the order of time; those without requests are left out."""
    buckets = _recut(usage, unit)
    place = _places(usage, buckets)
    sums: Sums[str] = Sums()
    for cell in cells:
        sums.add(buckets[place[cell.bucket]].name, cell.total)
    return [(name, total) for name, total in sorted(sums.items()) if total.requests]


def _points(
    usage: Usage, cells: Sequence[Cell], buckets: Sequence[Bucket], label: Callable[[Cell], str]
) -> tuple[tuple[str, ...], tuple[Point, ...]]:
    place = _places(usage, buckets)
    by_point: Sums[tuple[int, str]] = Sums()
    for cell in cells:
        by_point.add((place[cell.bucket], label(cell)), cell.total)
    used = [(at, name, total) for (at, name), total in by_point.items() if total.requests]
    series = _by_weight(used)
    if len(series) > MOST_SERIES:
        kept = series[: MOST_SERIES - 1]
        few: Sums[tuple[int, str]] = Sums()
        for at, name, total in used:
            few.add((at, name if name in kept else OTHERS), total)
        used = [(at, name, total) for (at, name), total in few.items()]
        series = [*kept, OTHERS]
    index = {name: order for order, name in enumerate(series)}
    parts: list[list[tuple[str, Total]]] = [[] for _ in buckets]
    for at, name, total in sorted(used, key=lambda part: index[part[1]]):
        parts[at].append((name, total))
    return tuple(series), tuple(
        Point(bucket, sum_of(total for _, total in some), tuple(some))
        for bucket, some in zip(buckets, parts, strict=True)
    )


def _by_weight(used: Sequence[tuple[int, str, Total]]) -> list[str]:
    """Return the series, the most expensive first, then by tokens."""
    weights: dict[str, tuple[int, int]] = {}
    for _, name, total in used:
        cost, tokens = weights.get(name, (0, 0))
        weights[name] = cost + total.cost, tokens + total.total_tokens
    return sorted(weights, key=lambda name: (-weights[name][0], -weights[name][1], name))


def _add_doubts(doubts: Sequence[Doubts]) -> Doubts:
    return Doubts._make(map(sum, zip(*doubts, strict=True))) if doubts else Doubts()


def _days(question: Question, buckets: Sequence[Bucket]) -> int:
    if not buckets:
        return 0
    start, end = buckets[0].start, min(buckets[-1].end - 1, max(question.now, buckets[0].start))
    zone = question.zone.rules
    return (local_date(end, zone) - local_date(start, zone)).days + 1
