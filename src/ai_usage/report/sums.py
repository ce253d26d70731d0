"""Totals by key, added up in place, since a report over years has tens of thousands of groups."""

from collections.abc import Iterable

from ai_usage.report.document import Keys
from ai_usage.usage.total import Total


class Sums:
    """Totals by key."""

    def __init__(self) -> None:
        self._sums: dict[Keys, list[int]] = {}

    def add(self, keys: Keys, total: Total) -> None:
        """Add a total under its keys."""
        sums = self._sums.get(keys)
        if sums is None:
            self._sums[keys] = list(total)
            return
        for index, count in enumerate(total):
            if count:
                sums[index] += count

    def items(self) -> list[tuple[Keys, Total]]:
        """Return what was added up, by keys in the order of their first arrival."""
        return [(keys, Total._make(sums)) for keys, sums in self._sums.items()]


def sum_of(totals: Iterable[Total]) -> Total:
    """Add totals up."""
    sums = Sums()
    for total in totals:
        sums.add((), total)
    return next((total for _, total in sums.items()), Total())
