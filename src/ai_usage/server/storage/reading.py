"""The queries of readers: pages, machines, reports and days, each from one consistent view of the database."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from ai_usage.server.storage.days import (
    ChangedDays,
    ComparedDays,
    Day,
    compare_days,
    compute_changed_days,
    digest_day,
)
from ai_usage.server.storage.rows import ALL_COLUMNS, to_pulled
from ai_usage.server.storage.schema import DAY_OF
from ai_usage.server.storage.texts import Texts
from ai_usage.usage.instant import to_text
from ai_usage.wire.messages import DayDigest, Machine, PullPage, Report
from ai_usage.wire.rfc3339 import day_of, day_text


@dataclass(frozen=True, slots=True)
class PullQuery:
    """The records that a client requests."""

    after_seq: int
    limit: int
    vendors: Collection[str] | None
    """None: all."""
    hosts: Collection[str] | None = None
    """Only these; None: all."""
    excluded_hosts: Collection[str] = ()
    day: int | None = None
    """Only this UTC day, counted from 1970-01-01."""
    epoch: str | None = None
    """The epoch of the cursor, if the client sends it."""


_Named = TypeVar("_Named", Machine, Report)


class OtherHistory(Exception):
    """The cursor belongs to a history that this database does not have."""


class Reader:
    """Reads through a separate connection; not safe for two threads at once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._texts = Texts(db)

    def instance_id(self) -> str:
        """Return the id of this database."""
        with self._view():
            found: str = self._db.execute(
                "SELECT value FROM server_metadata WHERE key = 'instance_id'"
            ).fetchone()[0]
            return found

    def pull(self, query: PullQuery, epoch: str) -> PullPage:
        """Return one page of records in ascending seq.

        Args:
            query: the query.
            epoch: the server's present epoch.

        Raises:
            OtherHistory: the query's epoch is not known, or ended below its cursor.
        """
        with self._view():
            if query.epoch is not None:
                self._check_history(query.epoch, query.after_seq)
            where, values = self._conditions(query)
            rows = self._db.execute(
                f"SELECT {ALL_COLUMNS} FROM records WHERE {where} ORDER BY seq LIMIT ?",
                (*values, query.limit + 1),
            ).fetchall()
            truncated = len(rows) > query.limit
            records = [to_pulled(row, self._texts) for row in rows[: query.limit]]
            last = records[-1].seq if truncated else max(query.after_seq, self._highest(query.vendors))
            return PullPage(records, last, truncated, epoch)

    def machines(self, allowed: Collection[str] | None) -> list[Machine]:
        """Return the machines, by host_id."""
        with self._view():
            rows = self._db.execute(
                "SELECT host, last_seen, content_revision, "
                "coalesce((SELECT sum(record_count) FROM days WHERE days.host = machines.host), 0) FROM machines"
            ).fetchall()
            machines = [
                Machine(self._texts.text(host), to_text(last_seen), record_count, revision)
                for host, last_seen, revision, record_count in rows
            ]
        return _shown(machines, allowed)

    def reports(self, allowed: Collection[str] | None) -> list[Report]:
        """Return the last report of each machine, by host_id."""
        with self._view():
            rows = self._db.execute("SELECT report, stale FROM integrity_reports").fetchall()
        reports = [
            msgspec.structs.replace(msgspec.json.decode(report, type=Report), stale=bool(stale))
            for report, stale in rows
        ]
        return _shown(reports, allowed)

    def days(self, host_id: str, before: int | None) -> list[DayDigest]:
        """Return the digests of a host's days, ascending, and compute those that are not cached.

        Args:
            host_id: the machine.
            before: only records before this instant; it may cut a day.
        """
        with self._view():
            host = self._texts.find(host_id)
            if host is None:
                return []
            cut = day_of(before) if before is not None else None
            rows = self._db.execute(
                "SELECT day, record_count, digest FROM days WHERE host = ?1 AND (?2 IS NULL OR day < ?2) "
                "ORDER BY day",
                (host, cut),
            ).fetchall()
            days = [
                DayDigest(
                    day_text(day), record_count, digest or digest_day(self._db, self._texts, host, day)[0]
                )
                for day, record_count, digest in rows
                if record_count
            ]
            if cut is not None:
                digest, record_count = digest_day(self._db, self._texts, host, cut, before)
                if record_count:
                    days.append(DayDigest(day_text(cut), record_count, digest))
            return days

    def compute_changed_days(self, host_id: str | None, most_records: int) -> ChangedDays:
        """Compute missing digests, of one host or of all.

        Args:
            host_id: the machine; None: all.
            most_records: after this many the rest is left for the next call.
        """
        with self._view():
            host = None if host_id is None else self._texts.find(host_id)
            return compute_changed_days(self._db, self._texts, host, most_records)

    def compare_days(self, after: Day, most_records: int) -> ComparedDays:
        """Compute cached digests again and compare.

        Args:
            after: only days after this one.
            most_records: after this many the rest is left for the next call.
        """
        with self._view():
            return compare_days(self._db, self._texts, after, most_records)

    @contextmanager
    def _view(self) -> Iterator[None]:
        """Hold one consistent view of the database inside the block."""
        self._db.execute("BEGIN")
        try:
            self._texts.refresh()
            yield
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _check_history(self, epoch: str, after_seq: int) -> None:
        found = self._db.execute("SELECT number FROM epochs WHERE id = ?", (epoch,)).fetchone()
        if found is None:
            raise OtherHistory
        next_first = self._db.execute(
            "SELECT first_seq FROM epochs WHERE number > ? ORDER BY number LIMIT 1", found
        ).fetchone()
        if next_first is not None and after_seq >= next_first[0]:
            raise OtherHistory

    def _conditions(self, query: PullQuery) -> tuple[str, Sequence[Any]]:
        conditions, values = ["seq > ?"], [query.after_seq]
        for column, wanted in (("host", query.hosts), ("vendor", query.vendors)):
            if wanted is not None:
                ids = self._ids(wanted)
                conditions.append(f"{column} IN ({', '.join('?' * len(ids))})")
                values += ids
        excluded = self._ids(query.excluded_hosts)
        if excluded:
            conditions.append(f"host NOT IN ({', '.join('?' * len(excluded))})")
            values += excluded
        if query.day is not None:
            conditions.append(f"{DAY_OF} = ?")
            values.append(query.day)
        return " AND ".join(conditions), values

    def _highest(self, vendors: Collection[str] | None) -> int:
        where, ids = "true", []
        if vendors is not None:
            ids = self._ids(vendors)
            where = f"vendor IN ({', '.join('?' * len(ids))})"
        found = self._db.execute(
            f"SELECT seq FROM records WHERE {where} ORDER BY seq DESC LIMIT 1", ids
        ).fetchone()
        return found[0] if found else 0

    def _ids(self, texts: Collection[str]) -> list[int]:
        return [found for found in map(self._texts.find, sorted(set(texts))) if found is not None]


def _shown(items: list[_Named], allowed: Collection[str] | None) -> list[_Named]:
    """Leave out hosts that are not allowed, and sort by host_id."""
    shown = [item for item in items if allowed is None or item.host_id in allowed]
    return sorted(shown, key=lambda item: item.host_id)
