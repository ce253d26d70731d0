"""Ledgers that older versions of the program wrote."""

import sqlite3
from pathlib import Path

import pytest

from ai_usage.errors import LedgerTooNew
from ai_usage.ledger import migrate
from ai_usage.ledger.checks import CHECK, COVERED
from ai_usage.ledger.damage import look_through
from ai_usage.ledger.healing import put_right
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.migrate import put_number_right
from ai_usage.ledger.names import Project
from ai_usage.ledger.restoring import bring_back
from ai_usage.ledger.sealing import seal_rows
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.sync.translate import as_if_local
from ai_usage.usage.record import UsageRecord, key_hash

NOON = 1_778_000_400_000_000
OLD_ROW = (
    "INSERT INTO records (key_hash, timestamp, session_start_offset, session_end_offset, model_id, effort_id,"
    " fast_tier, input_tokens, cache_read_input_tokens, cache_creation_5m_input_tokens,"
    " cache_creation_1h_input_tokens, output_tokens, reasoning_output_tokens, project_id, session_ref, tier_id,"
    " web_searches, flags, dedup_key) VALUES (?, ?, 0, 0, 1, 0, -1, 10, 0, 0, 0, 5, ?, 1, 0, 0, 0, 0, ?)"
)


def old_ledger(path: Path, reasoning: list[int]) -> None:
    """Write a ledger as the first schema has it, a record for each count of reasoning tokens."""
    with sqlite3.connect(path) as connection:
        connection.executescript(
            (Path(migrate.__file__).with_name("migrations") / "0001_initial.sql").read_text()
        )
        connection.execute("PRAGMA user_version = 1")
        connection.execute("INSERT INTO models VALUES (1, 'claude', 'claude-opus-4-6', 0)")
        connection.execute("INSERT INTO projects VALUES (1, NULL, NULL)")
        for number, count in enumerate(reasoning):
            key = f"k{number}"
            connection.execute(OLD_ROW, (key_hash("claude", key), NOON, count, key))
    connection.close()


def test_zero_reasoning_of_an_old_ledger_is_unknown_until_its_log_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    old_ledger(path, [0, 0, 3])
    with Ledger.open(path) as ledger:
        for _ in range(2):  # from records, then from rollups
            (group,) = ledger.sums([(NOON, NOON + 1)])
            assert (group.requests, group.reasoning_output_tokens, group.reasoning_unknown_requests) == (
                3,
                3,
                2,
            )
            ledger.complete_rollups()
        told = UsageRecord(
            "claude", "k0", NOON, NOON, NOON, "claude-opus-4-6", input_tokens=10, output_tokens=5
        )
        with ledger.writing(lambda _: Project(None, None)) as writing:
            writing.records.write([told], [key_hash("claude", "k0")], 0)
        (group,) = ledger.sums([(NOON, NOON + 1)])
        assert group.reasoning_unknown_requests == 1


def test_what_comes_back_from_a_server_makes_no_logged_zero_unknown() -> None:
    told = UsageRecord("claude", "k0", NOON, NOON, NOON, "claude-opus-4-6", input_tokens=10, output_tokens=5)
    with Ledger.in_memory() as ledger:
        with ledger.writing(lambda _: Project(None, None)) as writing:
            writing.records.write([told], [key_hash("claude", "k0")], 0)
        with ledger.snapshot() as snapshot:
            rows = list(snapshot.changed_after(0))
        bring_back(ledger, [TravelRow._make(row) for row in rows], as_if_local)
        (group,) = ledger.sums([(NOON, NOON + 1)])
        assert (group.reasoning_unknown_requests, ledger.change_number()) == (0, 1)


def test_a_file_of_an_older_program_can_be_read_where_it_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    old_ledger(path, [0, 3])
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with Ledger.open(path, write=False) as ledger:
            (group,) = ledger.sums([(NOON, NOON + 1)])
        writer.execute("ROLLBACK")
    writer.close()
    assert (group.requests, group.reasoning_unknown_requests) == (2, 1)
    with Ledger.open(path, write=False) as ledger:
        assert (ledger.path, len(ledger.sums([(NOON, NOON + 1)]))) == (path, 1)
    with sqlite3.connect(path) as stored:
        assert stored.execute("PRAGMA user_version").fetchone() == (migrate.LATEST,)
    stored.close()


def test_rows_of_an_old_ledger_get_their_check_values_later_and_a_damaged_one_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    old_ledger(path, [0, 3, 5])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE records SET dedup_key = 'k3' WHERE change_number = 2")
    connection.close()
    with Ledger.open(path) as ledger:
        assert look_through(path).records == (2,)
        seal_rows(ledger)
        with ledger.reading() as reading:
            sealed = reading.execute("SELECT check_value IS NOT NULL FROM records").fetchall()
        assert (sealed, ledger.note("unsealed")) == ([(1,), (0,), (1,)], None)
        assert look_through(path).records == (2,)


def test_the_trigger_of_the_schema_computes_the_check_value() -> None:
    with Ledger.in_memory() as ledger, ledger.reading() as connection:
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'record_sealed'").fetchone()
    assert f"UPDATE OF {', '.join(COVERED)} ON records" in sql
    assert f"SET check_value = {CHECK} WHERE" in sql


def renumbered(path: Path, number: int) -> None:
    """Write a ledger with a record, and give its schema another number."""
    with Ledger.open(path) as ledger, ledger.writing(lambda _: Project(None, None)) as writing:
        told = UsageRecord(
            "claude", "k0", NOON, NOON, NOON, "claude-opus-4-6", input_tokens=10, output_tokens=5
        )
        writing.records.write([told], [key_hash("claude", "k0")], 0)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {number}")
    connection.close()


def requests_in(path: Path, *, write: bool) -> int:
    with Ledger.open(path, write=write) as ledger:
        return sum(group.requests for group in ledger.sums([(NOON, NOON + 1)]))


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("number", [0, 1, migrate.LATEST - 1, -1])
def test_a_number_of_the_schema_that_is_too_low_is_put_right(
    tmp_path: Path, number: int, write: bool
) -> None:
    path = tmp_path / "ledger.db"
    renumbered(path, number)
    assert requests_in(path, write=write) == 1
    with sqlite3.connect(path) as connection:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    assert found == (migrate.LATEST if write else number)


@pytest.mark.parametrize("number", [migrate.LATEST + 1, 4096, 2**31 - 1])
def test_a_number_of_the_schema_that_is_too_high_is_put_right_by_a_repair(
    tmp_path: Path, number: int
) -> None:
    path = tmp_path / "ledger.db"
    renumbered(path, number)
    with pytest.raises(LedgerTooNew, match="or if no newer one ever ran here: ai-usage ingest --repair"):
        Ledger.open(path)
    assert put_right(path, own=True) is None
    assert requests_in(path, write=True) == 1


def test_a_newer_schema_is_still_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE of_tomorrow (id INTEGER)")
        connection.execute(f"PRAGMA user_version = {migrate.LATEST + 1}")
    connection.close()
    for _ in range(2):
        with pytest.raises(LedgerTooNew, match="was written by a newer ai-usage"):
            Ledger.open(path)
        put_number_right(path)
