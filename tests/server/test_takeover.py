"""Databases of older servers."""

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from ..servers import PROGRAMS, running_server, write_config
from .uploads import days, keys, pull, record, upload

INSTANCE = "c" * 64
OLD_SCHEMA = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, host_id TEXT NOT NULL, vendor TEXT NOT NULL, dedup_key TEXT NOT NULL,
    schema_version INTEGER NOT NULL, timestamp_utc TEXT NOT NULL, session_start TEXT NOT NULL,
    session_end TEXT NOT NULL, model TEXT NOT NULL, effort TEXT, fast_tier INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cache_read INTEGER NOT NULL,
    cache_creation INTEGER NOT NULL, cache_creation_5m INTEGER, cache_creation_1h INTEGER,
    reasoning_out INTEGER NOT NULL, cost_input REAL, cost_output REAL, cost_cache_read REAL,
    cost_cache_creation REAL, project_hash TEXT, snapshot_id TEXT, uploaded_at TEXT NOT NULL,
    UNIQUE (host_id, vendor, dedup_key)
);
CREATE TABLE machines (host_id TEXT PRIMARY KEY, last_seen TEXT NOT NULL);
CREATE TABLE integrity_reports (
    host_id TEXT PRIMARY KEY, algorithm TEXT, range_end_utc TEXT, record_count INTEGER, digest_sha256 TEXT,
    computed_at TEXT
);
CREATE TABLE server_metadata (key TEXT PRIMARY KEY, value TEXT);
"""


def make_old_database(path: Path, count: int = 3) -> None:
    """Make a database as an older server leaves it, in WAL mode, with a gap in seq and one row that is no record."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(OLD_SCHEMA)
        rows = [
            (
                number * 2, "laptop", "claude", f"key-{number}", 1, "2026-05-18T12:00:00.000Z",
                "2026-05-18T12:00:00.000Z", "2026-05-18T12:05:00+00:00", "claude-opus-4-6", None, 0, 10, 2, 3, 4, 0, 0,
                1, None, None, None, None, None, "snapshot", "2026-05-18T13:00:00Z",
            )
            for number in range(1, count + 1)
        ]  # fmt: skip
        db.executemany(f"INSERT INTO records VALUES ({', '.join('?' * 25)})", rows)
        db.execute(
            "INSERT INTO records SELECT max(seq) + 94, host_id, vendor, 'bad', schema_version, 'yesterday', "
            "session_start, session_end, model, effort, fast_tier, input_tokens, output_tokens, cache_read, "
            "cache_creation, cache_creation_5m, cache_creation_1h, reasoning_out, cost_input, cost_output, "
            "cost_cache_read, cost_cache_creation, project_hash, snapshot_id, uploaded_at FROM records"
        )
        db.execute(
            "INSERT INTO machines VALUES ('laptop', '2026-05-18T13:00:00Z'), ('phone', '2026-05-01T00:00:00Z')"
        )
        db.execute(
            "INSERT INTO integrity_reports VALUES ('laptop', 'usage-record-sha256-v1', '2026-05-19T00:00:00Z', 3, ?, "
            "'2026-05-19T08:00:00Z')",
            ("a" * 64,),
        )
        db.execute("INSERT INTO server_metadata VALUES ('instance_id', ?), ('other', 'x')", (INSTANCE,))
        db.commit()


def test_an_older_database_is_copied_and_taken_over(tmp_path: Path) -> None:
    make_old_database(tmp_path / "data.db")
    with running_server(tmp_path) as server, server.client() as client:
        assert client.get("/v1/health").json()["instance_id"] == INSTANCE
        page = pull(client)
        assert keys(page) == [(2, "key-1"), (4, "key-2"), (6, "key-3")]
        first = page["records"][0]
        assert (first["timestamp"], first["cache_creation_5m_input_tokens"], first["uploaded_at"]) == (
            "2026-05-18T12:00:00.000Z",
            4,
            "2026-05-18T13:00:00Z",
        )
        assert [each["record_count"] for each in days(client)] == [3]
        assert client.get("/v1/machines").json()["machines"] == [
            {
                "host_id": "laptop",
                "last_seen": "2026-05-18T13:00:00Z",
                "record_count": 3,
                "content_revision": 6,
            },
            {
                "host_id": "phone",
                "last_seen": "2026-05-01T00:00:00Z",
                "record_count": 0,
                "content_revision": 0,
            },
        ]
        (report,) = client.get("/v1/integrity/reports").json()["reports"]
        assert (report["record_count"], report["digest_sha256"]) == (3, "a" * 64)
        assert upload(client, record("new"))["max_seq"] == 101
        set_aside = [line for line in server.log_lines() if "set aside" in line["event"]]
        assert [(line["seq"], line["reason"]) for line in set_aside] == [(100, "timestamp must be RFC3339")]
    with closing(sqlite3.connect(tmp_path / "data.db.before-4.0.0")) as kept:
        assert kept.execute("SELECT count(*), max(snapshot_id) FROM records").fetchone() == (4, "snapshot")
    assert sorted(path.name for path in tmp_path.glob("data.db*")) == [
        "data.db",
        "data.db.before-4.0.0",
        "data.db.lock",
    ]


def test_an_older_server_that_still_runs_is_named(tmp_path: Path) -> None:
    make_old_database(tmp_path / "data.db")
    with closing(sqlite3.connect(tmp_path / "data.db", isolation_level=None)) as old:
        old.execute("BEGIN IMMEDIATE")
        command = [str(PROGRAMS / "ai-usage-server"), str(write_config(tmp_path))]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert refused.returncode == 1
        assert f"an older server still works on {tmp_path / 'data.db'}; stop it first" in refused.stderr
        assert old.execute("SELECT count(*) FROM records").fetchone() == (4,)


def test_a_takeover_that_is_killed_is_done_again(tmp_path: Path) -> None:
    make_old_database(tmp_path / "data.db", 20_000)
    command = [str(PROGRAMS / "ai-usage-server"), str(write_config(tmp_path))]
    for delay in (0.4, 0.6, 0.8, 1.0, 1.2):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with running_server(tmp_path) as server, server.client() as client:
        assert client.get("/v1/health").json()["instance_id"] == INSTANCE
        assert [each["record_count"] for each in days(client)] == [20_000]
        assert upload(client, record("new"))["max_seq"] == 40_095
