"""Totals by key, added in place for speed, since a report over years has tens of thousands of groups."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from ai_usage.usage.total import Total

Key = TypeVar("Key", bound=Hashable)


class Sums(Generic[Key]):
    """Totals by key."""

    def __init__(self) -> None:
        self._sums: dict[Key, list[int]] = {}

    def add(self, keys: Key, total: Total) -> None:
        """Add a total under its keys."""
        sums = self._sums.get(keys)
        if sums is None:
            self._sums[keys] = list(total)
            return
        for index, count in enumerate(total):
            if count:
                sums[index] += count

    def items(self) -> list[tuple[Key, Total]]:
        """Return the totals, with keys in the order in which they were first added."""
        return [(keys, Total._make(sums)) for keys, sums in self._sums.items()]


def sum_of(totals: Iterable[Total]) -> Total:
    """Add totals up."""
    sums: Sums[tuple[()]] = Sums()
    for total in totals:
        sums.add((), total)
    return next((total for _, total in sums.items()), Total())
