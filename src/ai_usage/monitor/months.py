"""Read usage one local month at a time, and build windows of whole days from the months."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.cells import Cell, Usage, buckets_of, read_usage
from ai_usage.report.gather import Gathering, HostView
from ai_usage.report.question import Question
from ai_usage.usage.bucket import Bucket, Unit
from ai_usage.usage.window import Window, local_date, start_of_day

_FEWEST_DAYS: Final = 15
"""Shorter windows are read directly, which takes less time than a month."""
_MOST_DAYS: Final = 3700
"""Longer windows too: a record may have any year, which could mean too many months."""


class Months:
    """Caches months; a window needs to read only the missing ones."""

    def __init__(self) -> None:
        self._kept: dict[tuple[date, str], Usage] = {}

    def clear(self) -> None:
        """Clear the cache after a change."""
        self._kept.clear()

    def read(self, question: Question, views: Sequence[HostView], catalog: Catalog) -> Usage | None:
        """Return the usage of a window; None if it cannot be built from months.

        Args:
            question: without filters.
            views: every known machine.
            catalog: prices and names of models.
        """
        days = self._days(question, views, catalog)
        if not _FEWEST_DAYS <= len(days) <= _MOST_DAYS or not _are_days(days, question):
            return None
        months = [self._month(first, question, views, catalog) for first in _months_of(days, question)]
        places = {day.name: place for place, day in enumerate(days)}
        return Usage(
            question=question,
            hosts=months[0].hosts,
            local=months[0].local,
            unit=Unit.DAY,
            buckets=tuple(days),
            cells={copies: tuple(_moved(months, copies, places)) for copies in months[0].cells},
            doubts={view.host: view.ledger.doubts(*question.window.span) for view in views},
            names=months[0].names,
        )

    def read_step_by_step(
        self, question: Question, views: Sequence[HostView], catalog: Catalog
    ) -> Iterator[None]:
        """Read the missing months of a window, the latest first; yields after each."""
        days = self._days(question, views, catalog)
        if len(days) <= _MOST_DAYS:
            for first in reversed(_months_of(days, question)):
                self._month(first, question, views, catalog)
                yield

    def _days(self, question: Question, views: Sequence[HostView], catalog: Catalog) -> list[Bucket]:
        return buckets_of(question, Gathering(views, question.filters, catalog.display_name), Unit.DAY)

    def _month(self, first: date, question: Question, views: Sequence[HostView], catalog: Catalog) -> Usage:
        key = (first, question.zone.name)
        if key not in self._kept:
            zone = question.zone.rules
            following = (first + timedelta(days=31)).replace(day=1)
            window = Window(start_of_day(first, zone), start_of_day(following, zone))
            month = question._replace(window=window)
            self._kept[key] = read_usage(month, views, catalog, both_ways=True)
        return self._kept[key]


def _are_days(days: Sequence[Bucket], question: Question) -> bool:
    """Tell whether a window begins and ends at midnight, and each bucket is a single day.

    The first or last bucket holds more if the window reaches into times outside those of agents (see `bucket.cut`).
    """
    zone = question.zone.rules
    bounds = [bound for bound in question.window if bound is not None]
    return all(bound == start_of_day(local_date(bound, zone), zone) for bound in bounds) and all(
        local_date(day.start, zone) == local_date(day.end - 1, zone) for day in (days[0], days[-1])
    )


def _months_of(days: Sequence[Bucket], question: Question) -> list[date]:
    """Return the first day of each month of some days."""
    zone = question.zone.rules
    return sorted({local_date(day.start, zone).replace(day=1) for day in days})


def _moved(months: Sequence[Usage], copies: bool, places: dict[str, int]) -> Iterator[Cell]:
    """Yield the cells of months on some days, with the indices of those days."""
    for month in months:
        at = [places.get(bucket.name) for bucket in month.buckets]
        for cell in month.cells[copies]:
            place = at[cell.bucket]
            if place is not None:
                yield Cell(place, *cell[1:])
