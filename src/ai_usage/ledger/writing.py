"""What a write transaction of a ledger file can do."""

import sqlite3
from collections.abc import Callable
from typing import NamedTuple, Self

from ai_usage.ledger.names import Names, Project
from ai_usage.ledger.records import Records


class Writing(NamedTuple):
    """One write transaction."""

    connection: sqlite3.Connection
    records: Records
    names: Names

    @classmethod
    def begin(cls, connection: sqlite3.Connection, project_of: Callable[[str | None], Project]) -> Self:
        """Start to write in a transaction that was begun."""
        names = Names(connection, project_of)
        return cls(connection, Records(connection, names), names)
