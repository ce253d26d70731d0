"""Merge this machine's own records from the server into its ledger."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ai_usage.ledger.flags import QUARTER_US
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.usage.record import UsageRecord, key_hash

_NOWHERE: Final = Project(None, None)


class BroughtBack(NamedTuple):
    """How many records a restore added and changed."""

    added: int
    changed: int


Localise = Callable[[TravelRow, UsageRecord | None], UsageRecord]
"""Converts the server's copy to a record, given the ledger's record of the same identity."""


def bring_back(ledger: Ledger, rows: Sequence[TravelRow], localise: Localise) -> BroughtBack:
    """Merge records into a ledger, which may have more complete copies of them."""
    hashes = [key_hash(row[1], row[2]) for row in rows]
    with ledger.writing(lambda _: _NOWHERE) as writing:
        known = writing.records.find(hashes)
        records = [localise(row, known.get(hashed)) for row, hashed in zip(rows, hashes, strict=True)]
        writing.records.write(records, hashes, 0)
        nowhere = writing.names.project(_NOWHERE)
        for row, hashed in zip(rows, hashes, strict=True):
            if row[20] is not None:
                project = writing.names.project(Project(None, row[20]))
                moved = writing.connection.execute(
                    "UPDATE records SET project_id = ? WHERE key_hash = ? AND project_id = ? RETURNING timestamp",
                    (project, hashed, nowhere),
                ).fetchall()
                writing.records.touched.update(timestamp // QUARTER_US for (timestamp,) in moved)
    return BroughtBack(writing.records.added, writing.records.changed)
