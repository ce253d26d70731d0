"""Fill a new database with records that keep their seq, inside one transaction."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from ai_usage.server.storage.rows import KEY_HASH, Row, identity, insertion, to_row
from ai_usage.server.storage.schema import DAY_OF
from ai_usage.server.storage.texts import Texts
from ai_usage.wire.messages import Report
from ai_usage.wire.record import Checked, InvalidRecord
from ai_usage.wire.rfc3339 import read_instant

_INSERT = insertion()


class FilledMachine(NamedTuple):
    """A machine's data besides its records."""

    host_id: str
    last_seen: int
    installation: str | None


class Filling:
    """Adds records to an empty database; of two with the same key, the first one stays."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Begin; the caller's transaction is open."""
        self._db = db
        self._texts = Texts(db)
        db.execute("UPDATE server_writes SET active = 1")
        db.execute("CREATE TEMP TABLE held (key_hash INTEGER PRIMARY KEY, seq INTEGER NOT NULL)")

    def add(self, seq: int, checked: Checked, uploaded_at: int) -> None:
        """Add one record.

        Raises:
            InvalidRecord: a record with its key exists.
        """
        probe = 0
        while True:
            row = to_row(checked, self._texts, probe=probe)
            held = self._held(row)
            if held is None:
                self._db.execute(_INSERT, (seq, uploaded_at, *row))
                self._db.execute("INSERT INTO held VALUES (?, ?)", (row[KEY_HASH], seq))
                return
            if held == identity(row):
                raise InvalidRecord("a later row holds the same key")
            probe += 1

    def finish(
        self,
        machines: Iterable[FilledMachine],
        reports: Iterable[Report],
        instance_id: str | None,
        last_seq: int,
    ) -> None:
        """Add the other data, and derived data from the records.

        Args:
            machines: also those without records.
            reports: the last one of each machine.
            instance_id: None: the new database's own.
            last_seq: the highest seq ever given.
        """
        self._db.execute(
            f"INSERT INTO days SELECT host, {DAY_OF}, count(*), 1, NULL FROM records GROUP BY 1, 2"
        )
        self._add_machines(machines)
        for report in reports:
            self._db.execute(
                "INSERT OR REPLACE INTO integrity_reports VALUES (?, ?, 0, ?)",
                (
                    self._texts.intern(report.host_id),
                    read_instant(report.range_end_utc),
                    msgspec.json.encode(report).decode(),
                ),
            )
        if instance_id is not None:
            self._db.execute("UPDATE server_metadata SET value = ? WHERE key = 'instance_id'", (instance_id,))
        self._db.execute("UPDATE server_metadata SET value = ? WHERE key = 'last_seq'", (str(last_seq),))
        self._db.execute("UPDATE server_writes SET active = 0")

    def _held(self, row: Row) -> Row | None:
        found: Row | None = self._db.execute(
            "SELECT host, vendor, dedup_key FROM held JOIN records USING (seq) WHERE held.key_hash = ?",
            (row[KEY_HASH],),
        ).fetchone()
        return found

    def _add_machines(self, machines: Iterable[FilledMachine]) -> None:
        known: dict[int, tuple[int, int, str | None]] = {
            host: (last_upload, revision, None)
            for host, revision, last_upload in self._db.execute(
                "SELECT host, max(seq), max(uploaded_at) FROM records GROUP BY host"
            ).fetchall()
        }
        for host_id, last_seen, installation in machines:
            host = self._texts.intern(host_id)
            last_upload, revision, _ = known.get(host, (0, 0, None))
            known[host] = (max(last_upload, last_seen), revision, installation)
        self._db.executemany(
            "INSERT INTO machines VALUES (?, ?, ?, ?)", [(host, *values) for host, values in known.items()]
        )
