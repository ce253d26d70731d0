"""The digests of days: computed from rows, and compared with cached ones."""

import sqlite3
from typing import Final, NamedTuple

from ai_usage.server.storage.rows import COLUMNS, to_record
from ai_usage.server.storage.schema import DAY_OF
from ai_usage.server.storage.texts import Texts
from ai_usage.wire.digest import day_digest, record_hash
from ai_usage.wire.rfc3339 import day_text


class ComputedDay(NamedTuple):
    """A digest that was not cached, and its inputs."""

    digest: str
    host: int
    day: int
    version: int


class ChangedDays(NamedTuple):
    """Digests that were not cached, and whether more are left."""

    computed: list[ComputedDay]
    more: bool


Day = tuple[int, int]
"""The id of a host, and a UTC day counted from 1970-01-01."""
FIRST: Final[Day] = (-1, 0)
"""Before all days."""


class DamagedDay(NamedTuple):
    """A day whose rows differ from its cached digest."""

    host_id: str
    day_text: str
    found: ComputedDay
    record_count: int


class ComparedDays(NamedTuple):
    """Days that differ from their digests, and the last compared day; None if no more are left."""

    damaged: list[DamagedDay]
    last: Day | None


def digest_day(
    db: sqlite3.Connection, texts: Texts, host: int, day: int, before: int | None = None
) -> tuple[str, int]:
    """Compute digest and number of records of one day, or of its part before an instant."""
    rows = db.execute(
        f"SELECT {', '.join(COLUMNS)} FROM records WHERE host = ?1 AND {DAY_OF} = ?2 "
        "AND (?3 IS NULL OR timestamp < ?3)",
        (host, day, before),
    )
    # One record at a time: a whole day of records does not fit into the processor's cache.
    hashed: list[tuple[str, str, bytes]] = []
    for row in rows:
        record = to_record(row, texts)
        hashed.append((record.vendor, record.dedup_key, record_hash(record)))
    hashed.sort()
    return day_digest(each for *_, each in hashed), len(hashed)


def compute_changed_days(
    db: sqlite3.Connection, texts: Texts, host: int | None, most_records: int
) -> ChangedDays:
    """Compute missing digests, of one host or of all, until a number of records has been read."""
    rows = db.execute(
        "SELECT host, day, version FROM days WHERE digest IS NULL AND (?1 IS NULL OR host = ?1)", (host,)
    ).fetchall()
    computed: list[ComputedDay] = []
    for each, day, version in rows:
        digest, record_count = digest_day(db, texts, each, day)
        computed.append(ComputedDay(digest, each, day, version))
        most_records -= record_count
        if most_records <= 0:
            break
    return ChangedDays(computed, len(computed) < len(rows))


def compare_days(db: sqlite3.Connection, texts: Texts, after: Day, most_records: int) -> ComparedDays:
    """Compute cached digests of days after a given one again and compare, until a number of records has been read."""
    rows = db.execute(
        "SELECT host, day, version, record_count, digest FROM days WHERE digest IS NOT NULL AND (host, day) > (?, ?) "
        "ORDER BY host, day",
        after,
    )
    damaged: list[DamagedDay] = []
    for host, day, version, record_count, digest in rows:
        found, count = digest_day(db, texts, host, day)
        if (found, count) != (digest, record_count):
            computed = ComputedDay(found, host, day, version)
            damaged.append(DamagedDay(texts.text(host), day_text(day), computed, count))
        most_records -= count
        if most_records <= 0:
            return ComparedDays(damaged, (host, day))
    return ComparedDays(damaged, None)
