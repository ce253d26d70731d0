"""The tables of the server's database, and the migration of older versions.

Migrations only add, so that an older release can still open the database of the next one.
"""

import secrets
import sqlite3
from typing import Final

from ai_usage.errors import LedgerTooNew

APPLICATION_ID: Final = 0x41495553
"""`AIUS` in the header of the file marks it as ours."""

DAY_OF: Final = "((timestamp + 62135596800000000) / 86400000000 - 719162)"
"""A record's UTC day, counted from 1970-01-01; shifted to year 1, where division cuts downwards for all years."""

_NEW_DAY: Final = DAY_OF.replace("timestamp", "new.timestamp")
_OLD_DAY: Final = DAY_OF.replace("timestamp", "old.timestamp")

_FIRST: Final = f"""
CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    key_hash INTEGER NOT NULL,
    host INTEGER NOT NULL REFERENCES texts (id),
    vendor INTEGER NOT NULL REFERENCES texts (id),
    dedup_key TEXT NOT NULL,
    timestamp INTEGER NOT NULL,              -- microseconds since 1970-01-01T00:00:00Z
    session_start_time INTEGER NOT NULL,     -- microseconds before timestamp
    session_end_time INTEGER NOT NULL,       -- microseconds after timestamp
    model INTEGER NOT NULL REFERENCES texts (id),
    effort INTEGER REFERENCES texts (id),
    fast_tier INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_input_tokens INTEGER NOT NULL,
    cache_creation_5m_input_tokens INTEGER NOT NULL,
    cache_creation_1h_input_tokens INTEGER NOT NULL,
    reasoning_output_tokens INTEGER NOT NULL,
    cost_input REAL,
    cost_output REAL,
    cost_cache_read REAL,
    cost_cache_creation REAL,
    project_path_sha256 INTEGER REFERENCES texts (id),
    spelled TEXT,                            -- the three times as they came, where they are spelled otherwise
    uploaded_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX records_by_day ON records (host, {DAY_OF}, key_hash);
CREATE TABLE days (
    host INTEGER NOT NULL REFERENCES texts (id),
    day INTEGER NOT NULL,
    record_count INTEGER NOT NULL,
    version INTEGER NOT NULL,                -- moves with every change of a record of the day
    digest TEXT,                             -- NULL until computed again
    PRIMARY KEY (host, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX days_changed ON days (host, day) WHERE digest IS NULL;
CREATE TABLE machines (
    host INTEGER PRIMARY KEY REFERENCES texts (id),
    last_seen INTEGER NOT NULL,
    content_revision INTEGER NOT NULL,
    installation TEXT                        -- the first that wrote for this host
) STRICT;
CREATE TABLE integrity_reports (
    host INTEGER PRIMARY KEY REFERENCES texts (id),
    range_end INTEGER NOT NULL,
    stale INTEGER NOT NULL,
    report TEXT NOT NULL                     -- as it was accepted, JSON
) STRICT;
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    first_seq INTEGER NOT NULL,
    started_at INTEGER NOT NULL
) STRICT;
CREATE TABLE server_metadata (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What the server writes itself it also notes in `days`. The triggers note what other hands change; they can see
-- this mark only while it is 0, because the server sets and clears it inside its own transaction.
CREATE TABLE server_writes (
    active INTEGER NOT NULL,
    texts_version INTEGER NOT NULL,
    keys_version INTEGER NOT NULL
) STRICT;
INSERT INTO server_writes VALUES (0, 0, 0);
CREATE TRIGGER records_inserted AFTER INSERT ON records WHEN (SELECT active FROM server_writes) = 0 BEGIN
    UPDATE server_writes SET keys_version = keys_version + 1;
    INSERT INTO days VALUES (new.host, {_NEW_DAY}, 1, 1, NULL)
    ON CONFLICT DO UPDATE SET record_count = record_count + 1, version = version + 1, digest = NULL;
END;
CREATE TRIGGER records_deleted AFTER DELETE ON records WHEN (SELECT active FROM server_writes) = 0 BEGIN
    UPDATE days SET record_count = record_count - 1, version = version + 1, digest = NULL
    WHERE host = old.host AND day = {_OLD_DAY};
END;
CREATE TRIGGER records_updated AFTER UPDATE ON records WHEN (SELECT active FROM server_writes) = 0 BEGIN
    UPDATE days SET record_count = record_count - 1, version = version + 1, digest = NULL
    WHERE host = old.host AND day = {_OLD_DAY};
    INSERT INTO days VALUES (new.host, {_NEW_DAY}, 1, 1, NULL)
    ON CONFLICT DO UPDATE SET record_count = record_count + 1, version = version + 1, digest = NULL;
END;
CREATE TRIGGER keys_updated AFTER UPDATE OF key_hash ON records BEGIN
    UPDATE server_writes SET keys_version = keys_version + 1;
END;
CREATE TRIGGER texts_updated AFTER UPDATE ON texts BEGIN
    UPDATE server_writes SET texts_version = texts_version + 1;
    UPDATE days SET version = version + 1, digest = NULL;
END;
"""

MIGRATIONS: Final = (_FIRST,)


def migrate(db: sqlite3.Connection) -> None:
    """Migrate our own or an empty database to this version, in one transaction.

    Raises:
        LedgerTooNew: it was written by a newer server.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        version = read_version(db)
        for script in MIGRATIONS[version:]:
            _run(db, script)
        if version == 0:
            db.execute("INSERT INTO server_metadata VALUES ('instance_id', ?)", (secrets.token_hex(32),))
            db.execute("INSERT INTO server_metadata VALUES ('last_seq', '0')")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite ends it by itself when the disk is full
            db.execute("ROLLBACK")
        raise


def read_version(db: sqlite3.Connection) -> int:
    """Return how many migrations a database has seen.

    Raises:
        LedgerTooNew: more than this program knows.
    """
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise LedgerTooNew(
            f"the database has schema {version}, this server reads up to {len(MIGRATIONS)}; nothing was changed: "
            "install a newer ai-usage-server, or if no newer one wrote it, run: ai-usage-server verify --repair"
        )
    return version


def _run(db: sqlite3.Connection, script: str) -> None:
    """Run a script inside the open transaction, which `executescript` would commit."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
