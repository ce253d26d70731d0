"""What a disk can change in a ledger file is found, and taken out without touching the rest."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ai_usage.errors import LedgerDamaged
from ai_usage.ledger.checks import COVERED
from ai_usage.ledger.damage import look_through
from ai_usage.ledger.files import StoredFile, remember
from ai_usage.ledger.healing import put_right
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.usage.record import UsageRecord, key_hash, key_hashes

NOON = 1_778_000_400_000_000


def record(number: int, **fields: Any) -> UsageRecord:
    time = NOON + number
    costs = (0.1, 0.25, 0.0, 1e-9)
    plain = UsageRecord(
        "claude",
        f"k{number}",
        time,
        time,
        time + 5,
        "claude-opus-4-6",
        "high",
        0,
        10,
        20,
        30,
        40,
        50,
        6,
        *costs,
    )
    return plain._replace(session_id="s1", cwd="/w", service_tier="batch", **fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger:
        records = [record(number) for number in range(3)]
        with ledger.writing(lambda _: Project("w", "f" * 64)) as writing:
            writing.records.write(records, key_hashes(records), 1)
        with ledger.transaction() as connection:
            connection.execute("INSERT INTO confirmations VALUES ('server', 'one', 1, 3, 9)")
        ledger.checkpoint()
    return path


def change(path: Path, *statements: str) -> None:
    """Change a file as a disk does: without the triggers that keep check values."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (trigger,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'record_sealed'"
        ).fetchone()
        connection.execute("DROP TRIGGER record_sealed")
        for statement in statements:
            connection.execute(statement)
        connection.execute(trigger)


def test_a_new_file_and_one_whose_flags_changed_are_not_damaged(path: Path) -> None:
    assert not any(look_through(path))
    with Ledger.open(path) as ledger, ledger.transaction() as connection:
        connection.execute("UPDATE records SET flags = flags | 64, project_id = 1")
    assert not any(look_through(path))


@pytest.mark.parametrize("column", [column for column in COVERED if column != "change_number"])
def test_each_changed_bit_of_a_number_is_found(path: Path, column: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM records WHERE change_number = 2").fetchone()
    for bit in range(0, 62, 7):
        changed = value * 2.0**-bit if isinstance(value, float) and bit else value
        if isinstance(value, int):
            changed = value ^ 1 << bit
        change(path, f"UPDATE records SET {column} = {changed!r} WHERE change_number = 2")
        expected = () if changed == value else (2,)
        assert look_through(path).records == expected, bit
        change(path, f"UPDATE records SET {column} = {value!r} WHERE change_number = 2")
    assert not any(look_through(path))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET dedup_key = 'k5' WHERE change_number = 2",
        "UPDATE records SET dedup_key = CAST(x'6bff' AS TEXT) WHERE change_number = 2",
        "UPDATE records SET key_hash = key_hash + 1 WHERE change_number = 2",
        "UPDATE records SET change_number = 7 WHERE change_number = 2",
        "UPDATE records SET check_value = NULL WHERE change_number = 2",
        "UPDATE records SET peer_times = 'x' WHERE change_number = 2",
    ],
)
def test_a_changed_key_number_or_check_value_is_found(path: Path, statement: str) -> None:
    change(path, statement)
    assert len(look_through(path).records) == 1


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("models", "model"),
        ("efforts", "effort"),
        ("projects", "project"),
        ("sessions", "cwd"),
        ("tiers", "region"),
    ],
)
def test_a_text_that_is_not_utf_8_takes_its_records_along(path: Path, table: str, column: str) -> None:
    change(path, f"UPDATE {table} SET {column} = CAST(x'80' AS TEXT)")
    assert look_through(path).records == (1, 2, 3)


def test_wrong_sums_are_found(path: Path) -> None:
    change(path, "UPDATE rollups SET output_tokens = output_tokens + 1")
    damage = look_through(path)
    assert (damage.sums, damage.records) == (True, ())
    assert str(damage) == "is damaged: its sums are not those of its records"


def test_damage_is_taken_out_and_the_rest_stays(path: Path) -> None:
    change(path, "UPDATE records SET dedup_key = 'k9' WHERE change_number = 3")
    before = path.read_bytes()

    done = put_right(path, own=True)

    assert done is not None
    assert str(done) == (
        "is damaged: 1 record in it changed on the disk; that is taken out, and the file as it was lies in "
        f"{path}.damaged-1"
    )
    assert len(done.kept.read_bytes()) == len(before)
    assert put_right(path, own=True) is None
    with Ledger.open(path) as ledger:
        (group,) = ledger.sums([(NOON, NOON + 10)])
        assert (group.requests, group.output_tokens) == (2, 100)
        with ledger.reading() as connection:
            # Number 3 is given again, and the server does not have that record.
            assert connection.execute("SELECT change_number FROM confirmations").fetchall() == [(2,)]
        again = record(2)
        with ledger.writing(lambda _: Project("w", "f" * 64)) as writing:
            writing.records.write([again], [key_hash("claude", "k2")], 1)
        assert ledger.record_count() == 3
    assert not any(look_through(path))


def test_another_machines_file_is_set_aside_whole(path: Path) -> None:
    change(path, "UPDATE records SET flags = 16 WHERE change_number = 3")
    done = put_right(path, own=False)
    assert done is not None
    assert (done.whole, path.exists(), done.kept.exists()) == (True, False, True)


def test_a_database_of_another_program_is_damage_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (a)")
    before = path.read_bytes()
    for write in (True, False):
        with pytest.raises(LedgerDamaged, match="it holds what this program did not write"):
            Ledger.open(path, write=write)
    assert look_through(path).pages
    assert path.read_bytes() == before


def test_a_log_of_which_the_disk_changed_what_is_remembered_is_read_again(path: Path) -> None:
    file = StoredFile(1, "claude", 5, 7, "/w/s1.jsonl", 100, 9, 3, 100, b"print", b"state", 3, 0, "[]", None)
    for changed in ("offset = 101", "state = x'ff'", "rejected = '[[1'", "parser_version = 4"):
        with Ledger.open(path) as ledger:
            with ledger.transaction() as connection:
                remember(connection, [file])
            assert ledger.known_files([(5, 7, "claude")]) == [file]
        assert not any(look_through(path))
        change(path, f"UPDATE files SET {changed}")
        with Ledger.open(path) as ledger:
            assert (ledger.known_files([(5, 7, "claude")]), ledger.log_files()) == ([None], [])
        assert look_through(path).notes == 1


def test_a_note_that_is_not_utf_8_is_made_again(path: Path) -> None:
    change(path, "UPDATE meta SET value = CAST(x'80' AS TEXT) WHERE key = 'installation'")
    assert look_through(path).notes == 1
    put_right(path, own=True)
    with Ledger.open(path) as ledger:
        assert len(ledger.note("installation") or "") == 64
        assert ledger.record_count() == 3
