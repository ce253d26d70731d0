"""Which records count as the same: found through their day, and if it changed, through all days of their host."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ai_usage.server.storage import keys as keys_of
from ai_usage.server.storage.database import Database
from ai_usage.server.storage.keys import Keys
from ai_usage.usage.instant import to_text
from ai_usage.wire.record import WireRecord, check

from ..servers import RunningServer
from .uploads import days, keys, pull, record, upload

FIRST_DAY, LAST_DAY = "2024-01-01T10:00:00Z", "2026-05-18T10:00:00Z"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An open database."""
    opened = Database(tmp_path / "data.db", 0)
    yield opened
    opened.close()


def at(time: str, **changes: str) -> WireRecord:
    return record(timestamp=time, session_start_time=time, session_end_time=time, **changes)


def test_a_record_that_moves_to_another_day_stays_one_record(server: RunningServer) -> None:
    with server.client() as client:
        upload(client, at(LAST_DAY), at(LAST_DAY, vendor="codex"), at(LAST_DAY, host_id="desktop"))
        assert upload(client, at(FIRST_DAY)) == {"accepted": 1, "ignored": 0, "max_seq": 4}
        assert upload(client, at(FIRST_DAY)) == {"accepted": 0, "ignored": 1, "max_seq": 4}
        held = [(each["seq"], each["host_id"], each["vendor"]) for each in pull(client)["records"]]
        assert held == [(2, "laptop", "codex"), (3, "desktop", "claude"), (4, "laptop", "claude")]
        listed = [(each["day"], each["record_count"]) for each in days(client)]
        assert listed == [("2024-01-01", 1), ("2026-05-18", 1)]


def test_records_are_known_again_after_a_restart(server: RunningServer) -> None:
    batch = [at(FIRST_DAY), *(record(f"key-{number}") for number in range(300))]
    with server.client() as client:
        upload(client, *batch)
        server.restart()
        assert upload(client, *batch) == {"accepted": 0, "ignored": 301, "max_seq": 301}
        assert upload(client, at(LAST_DAY))["max_seq"] == 302
        assert len(keys(pull(client))) == 301


def test_a_record_that_other_hands_brought_back_is_known_when_it_comes_again(server: RunningServer) -> None:
    with server.client() as client, closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        upload(client, at(FIRST_DAY), record("another"))
        other.execute("CREATE TEMP TABLE kept AS SELECT * FROM records WHERE dedup_key = 'one'")
        other.execute("DELETE FROM records WHERE dedup_key = 'one'")
        assert upload(client, record("third"))["accepted"] == 1
        other.execute("UPDATE kept SET key_hash = key_hash + 1")  # as if this server had never seen it
        other.execute("INSERT INTO records SELECT * FROM kept")
        other.execute("UPDATE records SET key_hash = key_hash - 1 WHERE dedup_key = 'one'")
        assert upload(client, at(LAST_DAY))["accepted"] == 1
        assert sorted(key for _, key in keys(pull(client))) == ["another", "one", "third"]


def test_a_filter_that_suspects_every_key_changes_nothing_but_the_time(database: Database) -> None:
    chance = random.Random(20261122)
    plain, suspicious = database.writer, database.writer._keys
    expected: dict[str, str] = {}
    for _ in range(12):
        chosen = [f"key-{chance.randrange(40)}" for _ in range(30)]
        times = [to_text(1_700_000_000_000_000 + chance.randrange(300) * 43_200_000_000) for _ in chosen]
        suspicious._filter[:] = b"\xff" * len(suspicious._filter)
        plain.upload(
            [check(at(time, dedup_key=key)) for key, time in zip(chosen, times, strict=True)], None, 0
        )
        expected |= dict(zip(chosen, times, strict=True))
    with database.reader() as reader:
        rows = reader._db.execute("SELECT dedup_key, timestamp FROM records").fetchall()
    assert {key: to_text(timestamp) for key, timestamp in rows} == expected
    assert len(rows) == len(expected)


def test_a_key_that_was_never_written_is_not_looked_for(database: Database) -> None:
    asked: list[str] = []
    database.writer.upload([check(record(f"key-{number}")) for number in range(1000)], None, 0)
    database._db.set_trace_callback(asked.append)
    database.writer.upload([check(record(f"new-{number}")) for number in range(200)], None, 0)
    database._db.set_trace_callback(None)
    assert [each for each in asked if "json_each" in each] == []


@pytest.mark.parametrize("question", ["_IN_DAY", "_IN_ANY_DAY"])
def test_a_key_is_sought_in_the_index_and_not_row_by_row(database: Database, question: str) -> None:
    asked = getattr(keys_of, question)
    plan = database._db.execute(f"EXPLAIN QUERY PLAN {asked}", (1, 1, "[]")[: 3 if "?3" in asked else 2])
    steps = [step for *_, step in plan]
    assert "SEARCH records USING INDEX records_by_day (host=? AND <expr>=? AND key_hash=?)" in steps


def test_keys_are_learned_once_and_not_at_each_batch(database: Database) -> None:
    known = Keys(database._db)
    known.refresh()
    first = known._filter
    known.refresh()
    assert known._filter is first
