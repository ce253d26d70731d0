"""Bringing this machine's own records back into its ledger, from copies that travelled."""

from collections.abc import Sequence
from typing import NamedTuple

from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.ledger.peer_records import to_usage
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.usage.record import key_hash

_NOWHERE = Project(None, None)


class BroughtBack(NamedTuple):
    """What a ledger gained."""

    added: int
    changed: int


def bring_back(ledger: Ledger, rows: Sequence[TravelRow]) -> BroughtBack:
    """Merge records into a ledger, which may know them already, and know more of them."""
    hashes = [key_hash(row[1], row[2]) for row in rows]
    with ledger.writing(lambda _: _NOWHERE) as writing:
        writing.records.write([to_usage(row) for row in rows], hashes, 0)
        nowhere = writing.names.project(_NOWHERE)
        writing.connection.executemany(
            "UPDATE records SET project_id = ? WHERE key_hash = ? AND project_id = ?",
            [
                (writing.names.project(Project(None, row[20])), hashed, nowhere)
                for row, hashed in zip(rows, hashes, strict=True)
                if row[20] is not None
            ],
        )
    return BroughtBack(writing.records.added, writing.records.changed)
