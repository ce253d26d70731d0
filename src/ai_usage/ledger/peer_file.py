"""Another machine's records: `remote/<machine_id>.bin`, a ledger file that only sync writes."""

import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import NamedTuple, Self

from ai_usage.errors import LedgerDamaged, LedgerReadOnly
from ai_usage.ledger import day_digests, rollups
from ai_usage.ledger.connection import set_aside
from ai_usage.ledger.day_digests import KnownDay
from ai_usage.ledger.flags import MISSING
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.peer_records import PeerRecords
from ai_usage.ledger.snapshot import Snapshot, TravelRow
from ai_usage.usage.record import key_hash


class Proof(NamedTuple):
    """A check whether a state of a file matches its owner's report."""

    before: int
    """The report covers records before this instant, a midnight in UTC, and no later day."""
    holds: Callable[[Snapshot], bool]


class Mended(Enum):
    """The outcome for a file whose days were fetched again."""

    PROVED = "it now equals its owner's report"
    MERGED = "it does not; nothing was removed, and the better copy of each record stays"


class Moved(NamedTuple):
    """The outcome of a repair, and how many records it wrote or removed."""

    outcome: Mended
    written: int


class PeerFile(Ledger):
    """One other machine's records on this machine."""

    page_bytes = 4096
    """Small pages, because triggers note each change, and SQLite copies pages for each row that fires a trigger."""

    @classmethod
    def take(cls, path: Path) -> Self:
        """Open a file for writing, or create it; an unreadable file is set aside, since it can be fetched again.

        Raises:
            LedgerReadOnly: it cannot be written.
            LedgerTooNew: a newer program wrote it.
        """
        if _is_foreign(path):
            set_aside(path)
        try:
            file = cls.open(path)
            if file.note("digests") is None:
                with file.transaction() as connection:
                    day_digests.watch(connection, "as the server has them")
        except LedgerDamaged:
            set_aside(path)
            return cls.take(path)
        return file

    def apply(
        self,
        rows: Sequence[TravelRow],
        *,
        merging: bool = False,
        notes: Mapping[str, str | None] | None = None,
    ) -> int:
        """Store a page, replacing copies with a lower `seq`; return how many records changed.

        Args:
            rows: `number` is the server's `seq`.
            merging: merge with stored copies, which may be more complete, instead of replacing them.
            notes: stored in the same transaction.
        """
        with self._applying() as (connection, records):
            records.apply(rows, merging=merging)
            for key, value in (notes or {}).items():
                _keep_note(connection, key, value)
        return records.written

    def mend(self, days: Mapping[int, Sequence[TravelRow]], proof: Proof | None) -> Moved:
        """Make days equal to the server's; records are removed only if the file then matches the owner's report.

        If the server's rows alone make the file match the report, they replace the days that the report covers. All
        other rows are merged, and records that the server does not have stay and are marked.

        Args:
            days: all of the server's rows of some UTC days.
            proof: compares a state with the owner's report; None without one.
        """
        outcome, rest = Mended.MERGED, days
        with self._applying() as (connection, records):
            extra = _extra(connection, days)
            if proof is not None:
                covered = {
                    day: rows for day, rows in days.items() if (day + 1) * day_digests.DAY_US <= proof.before
                }
                if _replace(connection, records, covered, extra, proof):
                    outcome, rest = Mended.PROVED, {day: days[day] for day in days if day not in covered}
                else:
                    records = PeerRecords(connection)
            for day, rows in rest.items():
                records.apply(rows, merging=True)
                connection.executemany(
                    f"UPDATE records SET flags = flags | {MISSING} WHERE change_number = ?",
                    [(number,) for number in extra[day]],
                )
            rollups.refresh_if_complete(connection, records.touched)
        return Moved(outcome, records.written)

    def carry_over(self, rows: Sequence[TravelRow]) -> int:
        """Merge records of an older file of the same machine, and mark records that the server no longer has."""
        with self._applying() as (connection, records):
            snapshot = Snapshot(connection)
            missing = [row[1:3] for row in rows if not snapshot.has(*row[1:3])]
            records.apply([TravelRow._make((0, *row[1:])) for row in rows], merging=True)
            connection.executemany(
                f"UPDATE records SET flags = flags | {MISSING} WHERE key_hash = ?",
                [(key_hash(*identity),) for identity in missing],
            )
        return records.written

    def forget_seqs(self, instance_id: str) -> None:
        """Reset the sequence numbers for another server, so that its rows replace all stored copies."""
        with self.transaction() as connection:
            connection.execute("UPDATE records SET seq = 0 WHERE seq <> 0")
            _keep_note(connection, "instance_id", instance_id)

    def remember_days(self, computed: Mapping[int, KnownDay], marks: Mapping[int, int]) -> None:
        """Cache digests that were computed in a snapshot."""
        with self.transaction() as connection:
            day_digests.remember(connection, computed, marks)

    def forget_digests(self) -> None:
        """Delete all cached digests."""
        with self.transaction() as connection:
            day_digests.forget_all(connection)
            _keep_note(connection, "report", None)
            _keep_note(connection, "checked", None)

    @contextmanager
    def _applying(self) -> Iterator[tuple[sqlite3.Connection, PeerRecords]]:
        with self.transaction() as connection:
            records = PeerRecords(connection)
            yield connection, records
            rollups.refresh_if_complete(connection, records.touched)


def _extra(connection: sqlite3.Connection, days: Mapping[int, Sequence[TravelRow]]) -> dict[int, list[int]]:
    """Return by day the change numbers of stored records that are on none of the fetched days."""
    sent = {(row[1], row[2]) for rows in days.values() for row in rows}
    snapshot = Snapshot(connection)
    return {
        day: [number for identity, number in snapshot.keys_of_day(day).items() if identity not in sent]
        for day in days
    }


def _replace(
    connection: sqlite3.Connection,
    records: PeerRecords,
    days: Mapping[int, Sequence[TravelRow]],
    extra: Mapping[int, Sequence[int]],
    proof: Proof,
) -> bool:
    """Replace some days by the server's rows if the file then matches its owner's report."""
    connection.execute("SAVEPOINT verbatim")
    for rows in days.values():
        records.apply(rows, anyway=True)
    removed = [number for day in days for number in extra[day]]
    records.remove(removed)
    if not proof.holds(Snapshot(connection)):
        connection.execute("ROLLBACK TO verbatim")
        return False
    if removed:  # copies in other files may be shadowed by a removed record: see copies.py
        _keep_note(connection, "generation", None)
        connection.execute("INSERT INTO meta VALUES ('generation', lower(hex(randomblob(16))))")
    return True


def _keep_note(connection: sqlite3.Connection, key: str, value: str | None) -> None:
    if value is None:
        connection.execute("DELETE FROM meta WHERE key = ?", (key,))
    else:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def _is_foreign(path: Path) -> bool:
    """Tell whether the path is a folder, a pipe or a device; SQLite itself refuses a file of another program."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise LedgerReadOnly(f"{path} cannot be read ({error.strerror})") from error
