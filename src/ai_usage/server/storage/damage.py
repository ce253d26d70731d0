"""Find damage in a database: SQLite's own check, invalid rows, and days that differ from their digests."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from ai_usage.errors import LedgerError
from ai_usage.server.storage.days import FIRST, Day, compare_days
from ai_usage.server.storage.rows import ALL_COLUMNS, DEDUP_KEY, KEY_HASH, TIMESTAMP, Row, to_record
from ai_usage.server.storage.schema import DAY_OF
from ai_usage.server.storage.texts import Texts
from ai_usage.usage.record import key_hash
from ai_usage.wire.messages import decode_report
from ai_usage.wire.record import HOST_ID, MAX_INTEGER, SHA256, Checked, InvalidRecord, check
from ai_usage.wire.rfc3339 import EARLIEST, LATEST

_PROBES: Final = 8
"""A key usually gets a free hash at the first probe; eight probes never happen."""
BROKEN_CONTENT: Final = (
    sqlite3.Error,
    LedgerError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    msgspec.MsgspecError,
)
"""Errors that damaged content can raise."""


def find_damage(db: sqlite3.Connection) -> Iterator[str]:
    """Yield a line for each damaged part; no line for an intact database."""
    db.execute("BEGIN")
    texts = Texts(db)
    for look in (_sqlite_faults, _record_faults, _day_faults, _other_faults):
        yield from _guarded(look, db, texts)
    if db.in_transaction:
        db.execute("ROLLBACK")


def checked_row(row: Row, texts: Texts) -> tuple[int, Checked, int]:
    """Read a row of `ALL_COLUMNS` and check all its values: seq, record, and time of upload.

    Raises:
        InvalidRecord: no server writes it.
    """
    seq, *columns, uploaded_at = row
    try:
        record = to_record(tuple(columns), texts)
        checked = check(record)
        key = f"{record.host_id}/{record.vendor}"
        if columns[KEY_HASH] not in {key_hash(key, columns[DEDUP_KEY], probe) for probe in range(_PROBES)}:
            raise InvalidRecord("its key is not the one it was stored under")
        at, start, end = columns[TIMESTAMP : TIMESTAMP + 3]
        if checked[1:] != (at, at - start, at + end):
            raise InvalidRecord("its times are not those that were stored")
        if checked.record != record:
            raise InvalidRecord("it is not in its normal form")
        if not 0 < seq < MAX_INTEGER or not EARLIEST <= uploaded_at < LATEST:
            raise InvalidRecord("its seq or upload time is absurd")
    except InvalidRecord:
        raise
    except BROKEN_CONTENT as error:
        raise InvalidRecord(f"it cannot be read: {error}") from error
    return seq, checked, uploaded_at


_Look = Callable[[sqlite3.Connection, Texts], Iterator[str]]


def _guarded(look: _Look, db: sqlite3.Connection, texts: Texts) -> Iterator[str]:
    try:
        yield from look(db, texts)
    except BROKEN_CONTENT as error:
        yield f"a part cannot be read: {error}"


def _sqlite_faults(db: sqlite3.Connection, _: Texts) -> Iterator[str]:
    for (line,) in db.execute("PRAGMA integrity_check(100)"):
        if line != "ok":
            yield f"SQLite: {line}"


def _record_faults(db: sqlite3.Connection, texts: Texts) -> Iterator[str]:
    for row in db.execute(f"SELECT {ALL_COLUMNS} FROM records NOT INDEXED ORDER BY seq"):
        try:
            checked_row(row, texts)
        except InvalidRecord as fault:
            yield f"record {row[0]}: {fault}"


def _day_faults(db: sqlite3.Connection, texts: Texts) -> Iterator[str]:
    place: Day | None = FIRST
    while place is not None:
        damaged, place = compare_days(db, texts, place, MAX_INTEGER)
        for each in damaged:
            yield f"day {each.day_text} of {each.host_id}: its rows are not those that were stored"
    counted = db.execute(
        f"SELECT host, {DAY_OF}, count(*) FROM records NOT INDEXED GROUP BY 1, 2 "
        "EXCEPT SELECT host, day, record_count FROM days"
    )
    for host, _, record_count in counted:
        yield f"a day of {texts.text(host)} with {record_count} records is counted wrong"


def _other_faults(db: sqlite3.Connection, texts: Texts) -> Iterator[str]:
    metadata = dict(db.execute("SELECT key, value FROM server_metadata"))
    if SHA256.fullmatch(metadata["instance_id"]) is None:
        yield "the identity of the database is not a hash"
    (highest,) = db.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()
    if int(metadata["last_seq"]) < highest:
        yield "the highest seq that was given is lower than that of a record"
    for host, last_seen, _ in db.execute("SELECT host, last_seen, content_revision FROM machines"):
        if HOST_ID.fullmatch(texts.text(host)) is None or not EARLIEST <= last_seen < LATEST:
            yield "a machine has an absurd name or time"
    for _, first_seq in db.execute("SELECT id, first_seq FROM epochs"):
        if not 0 < first_seq < MAX_INTEGER:
            yield "an epoch begins at an absurd seq"
    for (report,) in db.execute("SELECT report FROM integrity_reports"):
        decode_report(report.encode())
    (active,) = db.execute("SELECT active FROM server_writes").fetchone()
    if active != 0:
        yield "the mark of the server's own writes is set"
