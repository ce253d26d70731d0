"""The operations of a write transaction on a ledger file."""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple, Self

from ai_usage.ledger.files import next_id
from ai_usage.ledger.names import Names, Project
from ai_usage.ledger.records import Records


class Writing(NamedTuple):
    """One write transaction."""

    connection: sqlite3.Connection
    records: Records
    names: Names
    new_file_ids: Iterator[int]
    """The numbers for new logs."""

    @classmethod
    def begin(cls, connection: sqlite3.Connection, project_of: Callable[[str | None], Project]) -> Self:
        """Start to write in an open transaction."""
        names = Names(connection, project_of)
        return cls(connection, Records(connection, names), names, count(next_id(connection)))
