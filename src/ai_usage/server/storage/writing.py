"""The one writer: batches, reports and epochs, each in one transaction."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import orjson

from ai_usage.server.storage.days import DamagedDay
from ai_usage.server.storage.keys import Keys
from ai_usage.server.storage.plan import HashTaken, Plan, plan
from ai_usage.server.storage.rows import (
    KEY_HASH,
    HashKey,
    Row,
    identity,
    insertion,
    to_row,
    width,
)
from ai_usage.server.storage.texts import Texts
from ai_usage.usage.record import key_hash
from ai_usage.wire.messages import Report, UploadAnswer
from ai_usage.wire.record import Checked
from ai_usage.wire.rfc3339 import read_instant


class Installation(NamedTuple):
    """The id of the writing ledger and machine, and whether it takes the host over from another."""

    id: str
    adopts: bool


class BelongsToAnother(Exception):
    """Another installation was the first to write for this host."""


class AnotherWriter(Exception):
    """Another server began to write this database after this one."""


class Writer:
    """Writes through the only writing connection; not safe for two threads at once."""

    def __init__(self, db: sqlite3.Connection, hash_key: HashKey = key_hash) -> None:
        self._db = db
        self._texts = Texts(db)
        self._keys = Keys(db)
        self._hash_key = hash_key
        self._epoch: str | None = None

    def upload(self, batch: Sequence[Checked], installation: Installation | None, now: int) -> UploadAnswer:
        """Store a batch in one transaction.

        Args:
            batch: checked records, of any hosts.
            installation: who writes, if the client says so.
            now: the instant of the upload.

        Raises:
            BelongsToAnother: one of the hosts has another installation.
        """
        with self._transaction():
            for host_id in sorted({checked.record.host_id for checked in batch}):
                self._bind(self._texts.intern(host_id), installation, now)
            self._keys.refresh()
            made = self._plan(batch)
            self._db.executemany("DELETE FROM records WHERE seq = ?", [(seq,) for seq in made.replaced])
            self._keys.add(made.written)
            self._insert(made.written.values(), now)
            self._note(made)
            return UploadAnswer(made.accepted, made.ignored, self._highest())

    def keep_report(self, report: Report, installation: Installation | None, now: int) -> None:
        """Store a host's report, replacing its last one.

        Raises:
            BelongsToAnother: the host has another installation.
        """
        with self._transaction():
            host = self._texts.intern(report.host_id)
            self._bind(host, installation, now)
            self._db.execute(
                "INSERT INTO integrity_reports VALUES (?1, ?2, 0, ?3) ON CONFLICT DO UPDATE "
                "SET range_end = ?2, stale = 0, report = ?3",
                (host, read_instant(report.range_end_utc), orjson.dumps(_members(report)).decode()),
            )

    def keep_day_digests(self, digests: Sequence[tuple[str, int, int, int]]) -> None:
        """Cache computed digests of days, except days that have changed since.

        Args:
            digests: digest, host, day, and the version of the day that it was computed from.
        """
        with self._transaction():
            self._db.executemany(
                "UPDATE days SET digest = ? WHERE host = ? AND day = ? AND version = ?", digests
            )

    def correct_days(self, damaged: Sequence[DamagedDay]) -> None:
        """Store digests of the present rows of damaged days; their machine sees the difference and sends them again."""
        with self._transaction():
            self._db.executemany(
                "UPDATE days SET record_count = ?, digest = ?, version = version + 1 "
                "WHERE host = ? AND day = ? AND version = ?",
                [(each.record_count, *each.found) for each in damaged],
            )

    def begin_epoch(self, epoch: str, now: int) -> None:
        """Note that a server has started: records written from here on belong to this epoch."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO epochs (id, first_seq, started_at) VALUES (?, ?, ?)",
                (epoch, self._last_seq() + 1, now),
            )
        self._epoch = epoch

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._check_epoch()
            self._texts.refresh()
            self._db.execute("UPDATE server_writes SET active = 1")
            yield
            self._db.execute("UPDATE server_writes SET active = 0")
            self._db.execute("COMMIT")
        except BaseException:
            self._texts.forget()
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _check_epoch(self) -> None:
        """Make sure that no other server has started on this database since, regardless of the lock file."""
        if self._epoch is not None:
            newest = self._db.execute("SELECT id FROM epochs ORDER BY number DESC LIMIT 1").fetchone()
            if newest != (self._epoch,):
                raise AnotherWriter

    def _bind(self, host: int, installation: Installation | None, now: int) -> None:
        found = self._db.execute("SELECT installation FROM machines WHERE host = ?", (host,)).fetchone()
        bound = found[0] if found else None
        if installation is not None and bound != installation.id:
            if bound is not None and not installation.adopts:
                raise BelongsToAnother
            bound = installation.id
        self._db.execute(
            "INSERT INTO machines VALUES (?1, ?2, 0, ?3) "
            "ON CONFLICT DO UPDATE SET last_seen = ?2, installation = ?3",
            (host, now, bound),
        )

    def _plan(self, batch: Sequence[Checked]) -> Plan:
        rows = [to_row(checked, self._texts, self._hash_key) for checked in batch]
        try:
            return plan(rows, self._keys.stored(rows), self._last_seq())
        except HashTaken:
            return self._plan_with_probes(batch)

    def _plan_with_probes(self, batch: Sequence[Checked]) -> Plan:
        """Plan a batch in which a hash is taken: each record probes until it finds itself or a free hash."""
        found: dict[int, tuple[int, Row]] = {}
        holders: dict[int, Row] = {}
        rows = []
        for checked in batch:
            probe = 0
            while True:
                row = to_row(checked, self._texts, self._hash_key, probe)
                hashed = row[KEY_HASH]
                if hashed not in holders:
                    found |= self._keys.stored([row])
                    holders[hashed] = identity(found[hashed][1]) if hashed in found else identity(row)
                if holders[hashed] == identity(row):
                    break
                probe += 1
            rows.append(row)
        return plan(rows, found, self._last_seq())

    def _insert(self, placed: Iterable[tuple[int, Row]], now: int) -> None:
        by_width: defaultdict[int, list[Row]] = defaultdict(list)
        for seq, row in placed:
            bound = width(row)
            by_width[bound].append((seq, now, *row[:bound]))
        for bound, rows in by_width.items():
            self._db.executemany(insertion(bound), rows)

    def _note(self, made: Plan) -> None:
        self._db.executemany(
            "INSERT INTO days VALUES (?, ?, ?, 1, NULL) ON CONFLICT DO UPDATE "
            "SET record_count = record_count + excluded.record_count, version = version + 1, digest = NULL",
            [(*touched, change) for touched, change in made.days.items()],
        )
        self._db.executemany(
            "UPDATE integrity_reports SET stale = 1 WHERE host = ? AND range_end > ?", made.earliest.items()
        )
        self._db.executemany(
            "UPDATE machines SET content_revision = ?2 WHERE host = ?1", made.last_seqs.items()
        )
        if made.accepted:
            self._db.execute(
                "UPDATE server_metadata SET value = ? WHERE key = 'last_seq'", (str(made.last_seq),)
            )

    def _last_seq(self) -> int:
        """Return the highest seq ever given, even if another program has deleted its row."""
        kept: str = self._db.execute("SELECT value FROM server_metadata WHERE key = 'last_seq'").fetchone()[0]
        return max(int(kept), self._highest())

    def _highest(self) -> int:
        highest: int = self._db.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()[0]
        return highest


def _members(report: Report) -> dict[str, object]:
    return {name: getattr(report, name) for name in report.__struct_fields__ if name != "stale"}
