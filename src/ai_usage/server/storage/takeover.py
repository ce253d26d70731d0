"""Convert the database of an older server: records with their seq, machines, reports, and the instance id.

The older file is copied beside itself first. The new database is built under another name and takes the place of
the old one in a single step, so that a kill at any moment leaves one of the two, whole.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from ai_usage.errors import LedgerBusy
from ai_usage.server.storage.connection import connect, connect_to_look, create_private
from ai_usage.server.storage.filling import FilledMachine, Filling
from ai_usage.server.storage.schema import APPLICATION_ID, migrate
from ai_usage.wire.exact import RECORD_DEFAULTS
from ai_usage.wire.messages import Report, decode_report
from ai_usage.wire.record import KEYS, SCHEMA_VERSION, InvalidRecord, WireRecord, check
from ai_usage.wire.rfc3339 import EARLIEST, LATEST, read_instant

_OLD_COLUMNS: Final = (
    "host_id",
    "vendor",
    "dedup_key",
    "timestamp_utc",
    "session_start",
    "session_end",
    "model",
    "effort",
    "fast_tier",
    "input_tokens",
    "output_tokens",
    "cache_read",
    "cache_creation",
    "cache_creation_5m",
    "cache_creation_1h",
    "reasoning_out",
    "cost_input",
    "cost_output",
    "cost_cache_read",
    "cost_cache_creation",
    "project_hash",
)
"""The fields of a record after its schema version, in the order of the wire, as older servers name them."""
_ADDED: Final = frozenset(
    (
        "schema_version",
        "effort",
        "fast_tier",
        "cache_creation_5m",
        "cache_creation_1h",
        "cost_input",
        "cost_output",
        "cost_cache_read",
        "cost_cache_creation",
        "project_hash",
        "uploaded_at",
    )
)
"""Columns that the oldest servers lack; a record without them has the defaults of the wire."""

_ROWS_AT_ONCE: Final = 1000


class SetAside(msgspec.Struct, frozen=True):
    """A row of the older database that is not a valid record; it stays in the copy."""

    seq: int
    reason: str


def is_of_older_kind(path: Path) -> bool:
    """Tell whether the file is the database of an older server."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    with closing(connect_to_look(path)) as db:
        if db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            return False
        return {"seq", *_OLD_COLUMNS} - _ADDED <= set(_columns(db, "records"))


def take_over(path: Path) -> list[SetAside]:
    """Copy an older server's database beside itself and put a migrated one in its place.

    Raises:
        LedgerBusy: the older server is still running.
    """
    new, kept = path.with_name(path.name + ".new"), path.with_name(path.name + ".before-4.0.0")
    for leftover in (new, _wal(new), _shm(new)):
        leftover.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=2)) as old:
        # Text that is not UTF-8 affects only its own row.
        old.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        try:
            old.execute("PRAGMA locking_mode = EXCLUSIVE")
            old.execute("BEGIN EXCLUSIVE")
            old.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise LedgerBusy(f"db_path: an older server still works on {path}; stop it first") from error
        _copy(old, kept)
        create_private(new)
        with closing(connect(new, writer=True)) as db:
            migrate(db)
            db.execute("BEGIN IMMEDIATE")
            set_aside = _Conversion(old, db).run()
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # Without this the old log would be taken for that of the new file.
        old.execute("PRAGMA journal_mode = DELETE")
    new.replace(path)
    return set_aside


class _Conversion:
    """Fills a new database from an old one, inside one transaction."""

    def __init__(self, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
        self._old = old
        self._filling = Filling(new)

    def run(self) -> list[SetAside]:
        """Convert all tables and return the rows that are not valid records."""
        set_aside = list(self._convert_records())
        machines = [
            FilledMachine(host_id, _instant(last_seen), None)
            for host_id, last_seen in self._rows("machines", ("host_id", "last_seen"))
        ]
        metadata = dict(self._rows("server_metadata", ("key", "value")))
        last = [seq for name, seq in self._rows("sqlite_sequence", ("name", "seq")) if name == "records"]
        (highest,) = self._old.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()
        self._filling.finish(machines, self._reports(), metadata.get("instance_id"), max([highest, *last]))
        return set_aside

    def _convert_records(self) -> Iterator[SetAside]:
        known = set(_columns(self._old, "records"))
        wanted = ", ".join(
            name if name in known else "NULL" for name in ("schema_version", "uploaded_at", *_OLD_COLUMNS)
        )
        # The highest seq first: where an older table holds a key twice, the later row is the one that counts.
        cursor = self._old.execute(f"SELECT seq, {wanted} FROM records ORDER BY seq DESC")
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            for seq, version, uploaded_at, *fields in rows:
                try:
                    self._filling.add(seq, check(_to_record(version, fields)), _instant(uploaded_at))
                except (InvalidRecord, msgspec.ValidationError, UnicodeError) as fault:
                    yield SetAside(seq, str(fault))

    def _reports(self) -> Iterator[Report]:
        names = ("host_id", "algorithm", "range_end_utc", "record_count", "digest_sha256", "computed_at")
        for values in self._rows("integrity_reports", names):
            try:
                yield decode_report(msgspec.json.encode(dict(zip(names, values, strict=True))))
            except InvalidRecord:
                continue  # its machine sends a new one with its next sync

    def _rows(self, table: str, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
        if not set(names) <= set(_columns(self._old, table)):
            return []
        return self._old.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()


def _to_record(version: int | None, fields: list[Any]) -> WireRecord:
    values = dict(zip(KEYS, (version or SCHEMA_VERSION, *fields), strict=True))
    values |= {key: default for key, default in RECORD_DEFAULTS.items() if values[key] is None}
    return msgspec.convert(values, WireRecord)


def _instant(value: object) -> int:
    """Read a stored time: RFC 3339, or a number of seconds or milliseconds."""
    instant = 0
    if isinstance(value, str):
        instant = read_instant(value) or 0
    elif isinstance(value, int | float) and abs(value) < LATEST:
        instant = int(value * (1_000 if value > 1e11 else 1_000_000))
    return instant if EARLIEST <= instant < LATEST else 0


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]


def _copy(old: sqlite3.Connection, kept: Path) -> None:
    partial = kept.with_name(kept.name + ".partial")
    create_private(partial)
    with closing(sqlite3.connect(partial)) as target:
        old.backup(target)
    partial.replace(kept)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _shm(path: Path) -> Path:
    return path.with_name(path.name + "-shm")
