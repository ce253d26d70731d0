"""Insert rows with few statements: one statement of 64 rows takes three quarters of the time of 64 statements."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

_ROWS_AT_ONCE: Final = (64, 16, 4, 1)

Derived = tuple[str, Callable[[Mapping[str, str]], str]]
"""A column, and the SQL of its value given the SQL of the other columns' values."""


class Insertion:
    """An `INSERT` of any number of rows.

    Args:
        beginning: the statement up to the name of its table, such as `INSERT OR IGNORE INTO records`.
        columns: the columns that get values, as an SQL list.
        ending: the SQL after the values.
        derived: a column that SQL computes from the others, and a function from their SQL to its SQL.
    """

    def __init__(
        self, beginning: str, columns: str, ending: str = "", derived: Derived | None = None
    ) -> None:
        self.width = columns.count(",") + 1
        """The number of values in a row."""
        self._columns = columns.split(", ")
        self._beginning, self._ending, self._derived = beginning, ending, derived

    def statement(self, rows: int) -> str:
        """Return the statement that inserts this many rows."""
        row = f"({', '.join('?' * self.width)})"
        values = f"VALUES {', '.join([row] * rows)}"
        columns = ", ".join(self._columns)
        if self._derived is None:
            return f"{self._beginning} ({columns}) {values} {self._ending}"
        # Numbered parameters would work too, but a statement with a thousand of them takes 50 ms to prepare.
        name, derive = self._derived
        places = {column: f"column{place}" for place, column in enumerate(self._columns, 1)}
        return (
            f"{self._beginning} ({columns}, {name}) SELECT *, {derive(places)} FROM ({values}) {self._ending}"
        )

    @cached_property
    def _statements(self) -> list[tuple[int, str]]:
        return [(self.width * rows, self.statement(rows)) for rows in _ROWS_AT_ONCE]

    def insert(self, connection: sqlite3.Connection, values: list[Any]) -> int:
        """Insert rows, and return how many were added or changed.

        Args:
            connection: the connection, in a transaction.
            values: the values of all rows, one row after the other.
        """
        changed = begin = 0
        for length, statement in self._statements:
            while (end := begin + length) <= len(values):
                changed += connection.execute(statement, values[begin:end]).rowcount
                begin = end
        return changed

    def rows(self, values: list[Any]) -> Iterator[list[Any]]:
        """Split values into rows."""
        return (values[begin : begin + self.width] for begin in range(0, len(values), self.width))
