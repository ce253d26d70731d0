"""The overview: one report and how usage went over time, for `--once` and the monitor."""

from collections.abc import Sequence
from typing import NamedTuple

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.build import buckets_of, finish, rows_by_key
from ai_usage.report.costing import Costing
from ai_usage.report.document import Report
from ai_usage.report.gather import Gathering, HostView
from ai_usage.report.question import Question
from ai_usage.report.sums import Sums
from ai_usage.usage.bucket import Bucket, Unit
from ai_usage.usage.total import Total
from ai_usage.usage.window import local_date

_FEWEST_DAYS_WITHOUT_HOURS = 3


class Point(NamedTuple):
    """What was used in one bucket."""

    bucket: Bucket
    total: Total
    by_vendor: tuple[tuple[str, Total], ...]
    """In the order of `Overview.vendors`, only those that were used."""


class Overview(NamedTuple):
    """A report by model, vendor, host or project, and the same usage over time."""

    report: Report
    unit: Unit
    points: tuple[Point, ...]
    """Every bucket of the window, empty ones too."""
    vendors: tuple[str, ...]
    """Those that were used, most expensive first."""
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
    gathering = Gathering(views, question.filters, catalog.display_name)
    costing = Costing(catalog, question.cost_mode)
    unit, buckets = _cut(question, gathering, most_points)
    spans = [(bucket.start, bucket.end) for bucket in buckets]
    priced = [
        (view, group, costing.total_of(group))
        for view, group in gathering.sums(spans, projects=name == "projects")
    ]
    rows = rows_by_key(name, priced, catalog.display_name)
    by_vendor, by_bucket = Sums(), Sums()
    for _, group, total in priced:
        by_vendor.add((group.vendor,), total)
        by_bucket.add((str(group.bucket), group.vendor), total)
    vendors = tuple(
        keys[0] or ""
        for keys, total in sorted(
            by_vendor.items(), key=lambda item: (-item[1].cost, -item[1].total_tokens, item[0][0] or "")
        )
        if total.requests
    )
    return Overview(
        report=finish(name, question, rows, gathering, costing),
        unit=unit,
        points=_points(buckets, by_bucket, vendors),
        vendors=vendors,
        days=_days(question, buckets),
    )


def _cut(question: Question, gathering: Gathering, most_points: int) -> tuple[Unit, list[Bucket]]:
    """Cut the window into the shortest buckets of which there are not too many; hours only for a day or two."""
    days = buckets_of(question, gathering, Unit.DAY)
    if 0 < len(days) < _FEWEST_DAYS_WITHOUT_HOURS:
        hours = buckets_of(question, gathering, Unit.HOUR)
        if len(hours) <= most_points:
            return Unit.HOUR, hours
    if len(days) <= most_points:
        return Unit.DAY, days
    weeks = buckets_of(question, gathering, Unit.WEEK)
    if len(weeks) <= most_points:
        return Unit.WEEK, weeks
    return Unit.MONTH, buckets_of(question, gathering, Unit.MONTH)


def _points(buckets: Sequence[Bucket], by_bucket: Sums, vendors: Sequence[str]) -> tuple[Point, ...]:
    found = dict(by_bucket.items())
    points = []
    for index, bucket in enumerate(buckets):
        parts = tuple(
            (vendor, found[str(index), vendor]) for vendor in vendors if (str(index), vendor) in found
        )
        total = Total()
        for _, part in parts:
            total = total.plus(part)
        points.append(Point(bucket, total, parts))
    return tuple(points)


def _days(question: Question, buckets: Sequence[Bucket]) -> int:
    if not buckets:
        return 0
    start, end = buckets[0].start, min(buckets[-1].end - 1, max(question.now, buckets[0].start))
    zone = question.zone.rules
    return (local_date(end, zone) - local_date(start, zone)).days + 1
