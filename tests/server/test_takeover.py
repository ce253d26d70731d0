"""Databases of older servers."""

import random
import shutil
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ai_usage.server.storage.schema import APPLICATION_ID
from ai_usage.wire.digest import day_digest, record_hash
from ai_usage.wire.record import KEYS

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


def make_old_database(path: Path, count: int = 3, schema: str = OLD_SCHEMA) -> None:
    """Make a database as an older server leaves it, in WAL mode, with a gap in seq and one row that is not valid."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(schema)
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


NOON = "2026-05-18T12:00:00Z"
SCHEMA_2 = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, host_id TEXT NOT NULL, vendor TEXT NOT NULL, dedup_key TEXT NOT NULL,
    schema_version INTEGER NOT NULL, timestamp_utc TEXT NOT NULL, session_start TEXT NOT NULL,
    session_end TEXT NOT NULL, model TEXT NOT NULL, effort TEXT, input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_creation INTEGER NOT NULL,
    reasoning_out INTEGER NOT NULL, project_hash TEXT, uploaded_at TEXT NOT NULL,
    UNIQUE (host_id, vendor, dedup_key)
);
CREATE INDEX idx_records_seq ON records (seq);
CREATE INDEX idx_records_host_seq ON records (host_id, seq);
CREATE TABLE machines (host_id TEXT PRIMARY KEY, last_seen TEXT NOT NULL, record_count INTEGER NOT NULL DEFAULT 0);
"""
ADDED_LATER = {
    "2.0": [],
    "2.4": ["fast_tier INTEGER NOT NULL DEFAULT -1"],
    "3.0": [
        "fast_tier INTEGER NOT NULL DEFAULT -1", "cost_input REAL", "cost_output REAL", "cost_cache_read REAL",
        "cost_cache_creation REAL",
    ],
    "3.4": [
        "fast_tier INTEGER NOT NULL DEFAULT -1", "cost_input REAL", "cost_output REAL", "cost_cache_read REAL",
        "cost_cache_creation REAL", "snapshot_id TEXT",
    ],
}  # fmt: skip
"""The columns that servers of a version have added to those of the oldest schema."""


@pytest.mark.parametrize("version", ADDED_LATER)
def test_a_database_of_any_older_version_is_taken_over_with_defaults(tmp_path: Path, version: str) -> None:
    with closing(sqlite3.connect(tmp_path / "data.db")) as db:
        db.executescript(SCHEMA_2)
        for column in ADDED_LATER[version]:
            db.execute(f"ALTER TABLE records ADD COLUMN {column}")
        common = (
            "host_id, vendor, dedup_key, schema_version, timestamp_utc, session_start, session_end, model"
        )
        db.executemany(
            f"INSERT INTO records (seq, {common}, effort, input_tokens, output_tokens, cache_read, cache_creation, "
            "reasoning_out, project_hash, uploaded_at) "
            "VALUES (?, 'laptop', ?, ?, 1, ?, ?, ?, 'm', ?, 10, 2, 3, ?, 1, ?, ?)",
            [
                (3, "claude", "first", NOON, NOON, NOON, None, 4, None, "2026-05-18T13:00:00.5+00:00"),
                (7, "omp", "second", NOON, NOON, NOON, "openai-codex", 0, "a" * 64, "2026-05-18T13:00:00+00:00"),
            ],
        )  # fmt: skip
        db.execute("INSERT INTO machines VALUES ('laptop', '2026-05-18T13:00:00+00:00', 2)")
        if "fast_tier" in str(ADDED_LATER[version]):
            db.execute("UPDATE records SET fast_tier = 1 WHERE seq = 7")
        if "cost" in str(ADDED_LATER[version]):
            db.execute(
                "UPDATE records SET cost_input = 0.5, cost_output = 0, cost_cache_read = 0, cost_cache_creation = 0 "
                "WHERE seq = 7"
            )
        db.commit()
    # By the contract: a missing tier is unknown (-1), costs are absent, cache writes are of the 5-minute kind.
    tier = -1 if version == "2.0" else 1
    costs: list[float | None] = [None] * 4 if version in ("2.0", "2.4") else [0.5, 0.0, 0.0, 0.0]
    names = ("cost_input", "cost_output", "cost_cache_read", "cost_cache_creation")
    expected = [
        record("first", session_end_time=NOON, model="m", fast_tier=-1, cache_creation_input_tokens=4),
        record(
            "second", vendor="omp", session_end_time=NOON, model="m", fast_tier=tier, effort="openai-codex",
            cache_creation_input_tokens=0, cache_creation_5m_input_tokens=0, project_path_sha256="a" * 64,
            **dict(zip(names, costs, strict=True)),
        ),
    ]  # fmt: skip
    with running_server(tmp_path) as server, server.client() as client:
        page = pull(client)
        assert keys(page) == [(3, "first"), (7, "second")]
        for got, wanted in zip(page["records"], expected, strict=True):
            assert {key: got[key] for key in KEYS} == msgspec.to_builtins(wanted)
        assert days(client) == [
            {
                "day": "2026-05-18",
                "record_count": 2,
                "digest_sha256": day_digest(record_hash(each) for each in expected),
            }
        ]
        assert [each["record_count"] for each in client.get("/v1/machines").json()["machines"]] == [2]
        assert upload(client, *expected) == {"accepted": 0, "ignored": 2, "max_seq": 7}
        assert not [line for line in server.log_lines() if "set aside" in line["event"]]


def test_of_rows_with_one_key_the_last_is_taken_over(tmp_path: Path) -> None:
    make_old_database(
        tmp_path / "data.db", schema=OLD_SCHEMA.replace(",\n    UNIQUE (host_id, vendor, dedup_key)", "")
    )
    with closing(sqlite3.connect(tmp_path / "data.db")) as db, db:
        db.execute(
            "UPDATE records SET dedup_key = 'key-1', timestamp_utc = '2026-05-19T12:00:00Z' WHERE seq = 6"
        )
    with running_server(tmp_path) as server, server.client() as client:
        assert keys(pull(client)) == [(4, "key-2"), (6, "key-1")]
        set_aside = {
            line["seq"]: line["reason"] for line in server.log_lines() if "set aside" in line["event"]
        }
        assert set_aside == {2: "a later row holds the same key", 100: "timestamp must be RFC3339"}
        assert upload(client, record("key-1"))["max_seq"] == 101
        assert keys(pull(client)) == [(4, "key-2"), (101, "key-1")]


def test_a_row_with_broken_content_is_set_aside_alone(tmp_path: Path) -> None:
    make_old_database(tmp_path / "data.db", 6)
    with closing(sqlite3.connect(tmp_path / "data.db")) as db, db:
        db.execute("UPDATE records SET dedup_key = CAST(x'ff41' AS TEXT) WHERE seq = 2")
        db.execute("UPDATE records SET input_tokens = 'many' WHERE seq = 4")
        db.execute("UPDATE records SET uploaded_at = 1e300 WHERE seq = 6")
        db.execute("UPDATE records SET output_tokens = -1 WHERE seq = 8")
    with running_server(tmp_path) as server, server.client() as client:
        assert keys(pull(client)) == [(6, "key-3"), (10, "key-5"), (12, "key-6")]
        assert [line["seq"] for line in server.log_lines() if "set aside" in line["event"]] == [106, 8, 4, 2]
        assert "Traceback" not in server.log


def test_an_older_server_that_still_runs_is_named(tmp_path: Path) -> None:
    make_old_database(tmp_path / "data.db")
    with closing(sqlite3.connect(tmp_path / "data.db", isolation_level=None)) as old:
        old.execute("BEGIN IMMEDIATE")
        command = [str(PROGRAMS / "ai-usage-server"), str(write_config(tmp_path))]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert refused.returncode == 1
        assert f"an older server still works on {tmp_path / 'data.db'}; stop it first" in refused.stderr
        assert old.execute("SELECT count(*) FROM records").fetchone() == (4,)


ROWS = 10_000
OLD, NEW = f"the old one with {ROWS + 1:,} rows", f"the new one with {ROWS:,} records"


def what_lies_there(path: Path) -> str:
    """Say which database a kill left, looking at a copy; it must be whole."""
    look = path.with_name("look")
    look.mkdir(exist_ok=True)
    for each in (path, path.with_name(path.name + "-wal")):
        (look / each.name).unlink(missing_ok=True)
        if each.exists():
            shutil.copy(each, look)
    with closing(sqlite3.connect(look / path.name)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        count = db.execute("SELECT count(*) FROM records").fetchone()[0]
        if db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            return f"the new one with {count:,} records"
        assert db.execute("SELECT value FROM server_metadata WHERE key = 'instance_id'").fetchone() == (
            INSTANCE,
        )
        assert db.execute("SELECT count(*) FROM records WHERE snapshot_id = 'snapshot'").fetchone() == (
            count,
        )
        return f"the old one with {count:,} rows"


def kill_when(folder: Path, moment: Callable[[], bool]) -> None:
    """Start a server and kill it at a moment, or once it has come past it."""
    command = [str(PROGRAMS / "ai-usage-server"), str(write_config(folder))]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
    while not moment() and b"listening" not in (folder / "log").read_bytes():
        assert process.poll() is None, (folder / "log").read_text()
    process.kill()
    process.wait()


def serves_all(folder: Path) -> None:
    """Start a server without kills, and compare what it holds."""
    with running_server(folder) as server, server.client() as client:
        assert client.get("/v1/health").json()["instance_id"] == INSTANCE
        assert [each["record_count"] for each in days(client)] == [ROWS]
        assert upload(client, record("new"))["max_seq"] == 2 * ROWS + 95
    with closing(sqlite3.connect(folder / "data.db.before-4.0.0")) as kept:
        assert kept.execute("SELECT count(*), max(snapshot_id) FROM records").fetchone() == (
            ROWS + 1,
            "snapshot",
        )
    assert not list(folder.glob("data.db*.new*"))
    assert not list(folder.glob("*.partial"))


@pytest.mark.parametrize(
    "appears",
    [
        pytest.param("data.db.lock", id="before it begins"),
        pytest.param("data.db.before-4.0.0.partial", id="while the old file is copied"),
        pytest.param("data.db.before-4.0.0", id="when the copy is there"),
        pytest.param("data.db.new", id="when the new file is begun"),
        pytest.param("data.db.new-wal", id="while records are converted"),
    ],
)
def test_a_takeover_that_is_killed_leaves_the_old_database_and_is_done_again(
    tmp_path: Path, appears: str
) -> None:
    make_old_database(tmp_path / "data.db", ROWS)
    kill_when(tmp_path, (tmp_path / appears).exists)
    assert what_lies_there(tmp_path / "data.db") == OLD
    serves_all(tmp_path)


def test_a_takeover_that_is_killed_when_the_new_database_is_in_place_is_done(tmp_path: Path) -> None:
    make_old_database(tmp_path / "data.db", ROWS)
    old = (tmp_path / "data.db").stat().st_ino
    kill_when(tmp_path, lambda: (tmp_path / "data.db").stat().st_ino != old)
    assert what_lies_there(tmp_path / "data.db") == NEW
    serves_all(tmp_path)


@pytest.mark.soak
def test_takeovers_killed_at_any_moment_leave_one_of_the_two_databases(tmp_path: Path) -> None:
    chance = random.Random()
    make_old_database(tmp_path / "old.db", ROWS)
    left: Counter[str] = Counter()
    for number in range(60):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(tmp_path / "old.db", folder / "data.db")
        for _ in range(chance.randrange(1, 4)):
            until = time.monotonic() + chance.uniform(0.2, 1.6)
            kill_when(folder, lambda until=until: time.monotonic() > until)  # type: ignore[misc]
            left[what_lies_there(folder / "data.db")] += 1
        serves_all(folder)
        shutil.rmtree(folder)
    assert set(left) == {OLD, NEW}
