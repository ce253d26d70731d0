"""Sums too large for SQLite's integers: only absurd counts cause them, and they must not stop a report."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

LARGEST: Final = 2**63 - 1


class _ClampedSum:
    """SQL's `sum`, limited to the largest integer that can be stored instead of failing."""

    def __init__(self) -> None:
        self._sum: int | None = None

    def step(self, value: int | None) -> None:
        if value is not None:
            self._sum = (self._sum or 0) + value

    def finalize(self) -> int | None:
        return None if self._sum is None else min(self._sum, LARGEST)


def fetch_sums(
    connection: sqlite3.Connection, question: str, parameters: Sequence[int | str] = ()
) -> list[tuple[Any, ...]]:
    """Run a statement that sums, and return its rows; a sum too large to be stored becomes `LARGEST`."""
    try:
        return connection.execute(question, parameters).fetchall()
    except sqlite3.OperationalError as error:
        if str(error) != "integer overflow":
            raise
    connection.create_aggregate("clamped_sum", 1, _ClampedSum)  # type: ignore[arg-type]
    return connection.execute(question.replace("sum(", "clamped_sum("), parameters).fetchall()
