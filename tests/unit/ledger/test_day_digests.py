"""Days are noted when any program changes their records, and only then."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from ai_usage.ledger import day_digests
from ai_usage.ledger.day_digests import KnownDay
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.usage.record import UsageRecord, key_hashes
from tests.machines import at, usage

FIRST = at(1) // 86_400_000_000


def write(ledger: Ledger, *records: UsageRecord) -> None:
    with ledger.writing(lambda _: Project(None, None)) as writing:
        writing.records.write(records, key_hashes(records), 1)


def watched(path: Path) -> Ledger:
    """Return a ledger with a record on each of two days, both digested."""
    ledger = Ledger.open(path)
    write(ledger, usage("a", at(1)), usage("b", at(2)))
    with ledger.transaction() as connection:
        day_digests.watch(connection, "spelling")
    with ledger.snapshot() as snapshot:
        marks = snapshot.changed_days()
    with ledger.transaction() as connection:
        day_digests.remember(connection, {day: KnownDay(1, b"d") for day in marks}, marks)
    return ledger


def changed(ledger: Ledger) -> set[int]:
    with ledger.snapshot() as snapshot:
        return {day - FIRST + 1 for day in snapshot.changed_days()}


def test_all_days_are_new_at_first_and_known_once_digested(tmp_path: Path) -> None:
    with watched(tmp_path / "ledger.db") as ledger, ledger.snapshot() as snapshot:
        assert snapshot.known_days() == {FIRST: KnownDay(1, b"d"), FIRST + 1: KnownDay(1, b"d")}


def test_a_new_record_changes_its_day_only(tmp_path: Path) -> None:
    with watched(tmp_path / "ledger.db") as ledger:
        write(ledger, usage("c", at(2)))

        assert changed(ledger) == {2}


def test_an_earlier_copy_moves_a_record_and_changes_both_days(tmp_path: Path) -> None:
    with watched(tmp_path / "ledger.db") as ledger:
        write(ledger, usage("b", at(1), output=9))

        assert changed(ledger) == {1, 2}


def test_a_copy_that_tells_nothing_new_changes_no_day_and_is_not_stored_twice(tmp_path: Path) -> None:
    with watched(tmp_path / "ledger.db") as ledger:
        write(ledger, usage("a", at(1)), usage("b", at(2)))

        assert changed(ledger) == set()
        assert ledger.record_count() == 2


def test_copies_among_new_records_are_merged_while_days_are_watched(tmp_path: Path) -> None:
    with watched(tmp_path / "ledger.db") as ledger:
        write(ledger, usage("a", at(1), output=50), usage("n", at(1)), usage("n", at(1), output=8))

        assert ledger.record_count() == 3
        assert sum(group.output_tokens for group in ledger.sums([(0, 2**62)])) == 50 + 7 + 8


@pytest.mark.parametrize(
    ("statement", "days"),
    [
        pytest.param("UPDATE records SET output_tokens = 1 WHERE dedup_key LIKE '%a'", {1}, id="a-count"),
        pytest.param("UPDATE records SET dedup_key = 'x' WHERE dedup_key LIKE '%a'", {1}, id="a-key"),
        pytest.param("DELETE FROM records WHERE dedup_key LIKE '%b'", {2}, id="a-row"),
        pytest.param("UPDATE models SET model = 'other'", {1, 2}, id="a-model"),
        pytest.param("UPDATE records SET flags = flags | 16", set(), id="which-copy-counts"),
        pytest.param("UPDATE records SET seq = 7", set(), id="the-servers-number"),
    ],
)
def test_what_other_hands_change_is_noted(tmp_path: Path, statement: str, days: set[int]) -> None:
    path = tmp_path / "ledger.db"
    with watched(path) as ledger:
        with contextlib.closing(sqlite3.connect(path)) as other, other:
            other.execute(statement)

        assert changed(ledger) == days


def test_a_digest_of_a_day_that_changed_meanwhile_is_not_kept(tmp_path: Path) -> None:
    with watched(tmp_path / "ledger.db") as ledger:
        write(ledger, usage("c", at(1)))
        with ledger.snapshot() as snapshot:
            marks = snapshot.changed_days()
        write(ledger, usage("d", at(1)))
        with ledger.transaction() as connection:
            day_digests.remember(connection, {FIRST: KnownDay(2, b"old")}, marks)

        assert changed(ledger) == {1}


def test_a_time_before_1970_lies_in_its_own_day(tmp_path: Path) -> None:
    with watched(tmp_path / "ledger.db") as ledger:
        write(ledger, usage("ancient", -1))

        with ledger.snapshot() as snapshot:
            assert set(snapshot.changed_days()) == {-1}
            assert [row[2] for row in snapshot.of_day(-1)] == ["claude:message:ancient"]
