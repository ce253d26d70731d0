"""The overview: one report and how usage went over time, for `--once` and the monitor."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.build import finish, rows_by_key
from ai_usage.report.cells import Cell, Usage, read_usage
from ai_usage.report.document import BY_TIME, Keys, Report, Row
from ai_usage.report.gather import HostView, Sieve
from ai_usage.report.notes import Caveats
from ai_usage.report.question import Question
from ai_usage.report.sums import Sums, sum_of
from ai_usage.usage.bucket import Bucket, Unit, cut
from ai_usage.usage.group import Doubts
from ai_usage.usage.total import Total
from ai_usage.usage.window import local_date

Split = Literal["vendor", "model", "host"]
"""What the series of a chart are."""

MOST_SERIES: Final = 6
"""As many as a reader can tell apart; the smallest are taken together."""
OTHERS: Final = "others"
_UNITS: Final = {"daily": Unit.DAY, "weekly": Unit.WEEK, "monthly": Unit.MONTH}


class Point(NamedTuple):
    """What was used in one bucket."""

    bucket: Bucket
    total: Total
    parts: tuple[tuple[str, Total], ...]
    """In the order of `Overview.series`, only those that were used."""


class Overview(NamedTuple):
    """One report, and the same usage over time."""

    report: Report
    unit: Unit
    points: tuple[Point, ...]
    """Every bucket of the window, empty ones too."""
    series: tuple[str, ...]
    """What the points are split into, most expensive first, at most `MOST_SERIES`."""
    days: int
    """Local days from the window's start, or the first request, up to now or the window's end."""

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
        question: what is asked.
        views: every known machine.
        catalog: prices and names of models.
        name: the report in it: `models`, `vendors`, `hosts` or `projects`.
        most_points: of which length the points are follows from how many there may be.

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
    """Make an overview of usage that is in memory.

    Args:
        usage: of the question's window.
        question: what is asked; its filters may narrow what was read.
        display_name: how people call a model.
        name: the report in it, any but `sessions`.
        split: what the series are.
        most_points: of which length the points are follows from how many there may be.
    """
    hosts = [host for host in usage.hosts if not question.filters.host or host in question.filters.host]
    copies = len(hosts) < len(usage.hosts) or len(usage.hosts) == 1
    wanted = Sieve(question.filters, display_name).lets_through
    cells = [cell for cell in usage.cells[copies] if cell.host in hosts and wanted(cell)]
    if name in BY_TIME:
        rows = _time_rows(usage, cells, _UNITS[name])
    else:
        rows = rows_by_key(name, cells, display_name)
    caveats = Caveats(
        unpriced_models={cell.model for cell in cells if cell.total.unpriced_tokens},
        doubts=_add_doubts([usage.doubts[host] for host in hosts]),
        other_machines=any(host not in usage.local for host in hosts),
        overlapping=copies and len(hosts) > 1,
    )
    unit, buckets = _coarser(usage, most_points)
    series, points = _points(usage, cells, buckets, _labels(split, display_name))
    return Overview(
        report=finish(name, question, rows, caveats),
        unit=unit,
        points=points,
        series=series,
        days=_days(question, usage.buckets),
    )


def _labels(split: Split, display_name: Callable[[str], str]) -> Callable[[Cell], str]:
    match split:
        case "vendor":
            return lambda cell: cell.vendor
        case "model":
            return lambda cell: display_name(cell.model)
        case "host":
            return lambda cell: cell.host


def _coarser(usage: Usage, most_points: int) -> tuple[Unit, Sequence[Bucket]]:
    """Take the shortest buckets of which there are not too many."""
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
    """Tell in which of some buckets each of the usage's own ones lies."""
    starts = [bucket.start for bucket in buckets]
    return [bisect_right(starts, bucket.start) - 1 for bucket in usage.buckets]


def _time_rows(usage: Usage, cells: Sequence[Cell], unit: Unit) -> list[Row]:
    buckets = _recut(usage, unit)
    place = _places(usage, buckets)
    sums: Sums[Keys] = Sums()
    for cell in cells:
        sums.add((buckets[place[cell.bucket]].name,), cell.total)
    return [Row(keys, total, keys[0] or "") for keys, total in sorted(sums.items()) if total.requests]


def _points(
    usage: Usage, cells: Sequence[Cell], buckets: Sequence[Bucket], label: Callable[[Cell], str]
) -> tuple[tuple[str, ...], tuple[Point, ...]]:
    whole: Sums[str] = Sums()
    by_point: Sums[tuple[int, str]] = Sums()
    place = _places(usage, buckets)
    for cell in cells:
        name = label(cell)
        whole.add(name, cell.total)
        by_point.add((place[cell.bucket], name), cell.total)
    used = [(name, total) for name, total in whole.items() if total.requests]
    used.sort(key=lambda item: (-item[1].cost, -item[1].total_tokens, item[0]))
    series = [name for name, _ in used]
    if len(series) > MOST_SERIES:
        series = [*series[: MOST_SERIES - 1], OTHERS]
    index = {name: min(at, len(series) - 1) for at, (name, _) in enumerate(used)}
    parts: Sums[tuple[int, int]] = Sums()
    for (at, name), total in by_point.items():
        if total.requests:
            parts.add((at, index[name]), total)
    found: dict[int, list[tuple[str, Total]]] = {}
    for (at, one), total in sorted(parts.items()):
        found.setdefault(at, []).append((series[one], total))
    return tuple(series), tuple(
        Point(bucket, sum_of(total for _, total in found.get(at, ())), tuple(found.get(at, ())))
        for at, bucket in enumerate(buckets)
    )


def _add_doubts(doubts: Sequence[Doubts]) -> Doubts:
    return Doubts._make(map(sum, zip(*doubts, strict=True))) if doubts else Doubts()


def _days(question: Question, buckets: Sequence[Bucket]) -> int:
    if not buckets:
        return 0
    start, end = buckets[0].start, min(buckets[-1].end - 1, max(question.now, buckets[0].start))
    zone = question.zone.rules
    return (local_date(end, zone) - local_date(start, zone)).days + 1
