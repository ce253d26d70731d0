"""Damage in the middle of a file, which no start notices: what to type is named, and then everything is as before."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.homes import Home, request
from tests.e2e.sync.conftest import Fleet

LEDGER = ".local/share/ai-usage/ledger.db"


def spoil(path: Path) -> None:
    """Overwrite a quarter of a database's pages, none of them a table's first one."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    pages = len(content) // size
    begin, end = pages * 5 // 8 * size, pages * 7 // 8 * size
    content[begin:end] = b"\xff" * (end - begin)
    path.write_bytes(content)


def many_logs(home: Home) -> Home:
    home.write_claude([request(n, f"2026-11-{n % 20 + 1:02}T10:{n % 60:02}:00Z") for n in range(6000)])
    return home


@pytest.fixture
def pair(own_fleet: Fleet) -> tuple[Home, Home, Path]:
    """Two machines; the second has pulled all records of the first. Also the path of the pulled file."""
    one, two = many_logs(own_fleet.home("one")), own_fleet.home("two")
    one.run("sync", "push")
    two.run("sync", "pull")
    return one, two, two.path / ".cache/ai-usage/remote/one.bin"


def test_a_report_over_a_damaged_file_of_another_machine_says_what_to_run(
    pair: tuple[Home, Home, Path],
) -> None:
    _, two, file = pair
    before = two.json("daily", "--json")["rows"]
    spoil(file)

    assert two.run("daily", code=1).stderr == (
        f"ai-usage: {file} is damaged (database disk image is malformed); it now lies in {file}.damaged-1; "
        "reports go on without one; run: ai-usage sync pull, which fetches its records again\n"
    )
    assert two.json("daily", "--json")["rows"] == []
    assert two.run("sync", "pull").stdout == "pulled 6,000 records\nintegrity of one: checked\n"
    assert two.json("daily", "--json")["rows"] == before


def test_a_proof_over_a_damaged_file_says_what_to_run(pair: tuple[Home, Home, Path]) -> None:
    _, two, file = pair
    spoil(file)

    told = two.run("sync", "verify", code=1).stderr

    assert told == (
        f"ai-usage: {file} is damaged and now lies in {file}.damaged-1; "
        "run: ai-usage sync pull, which fetches it again\n"
    )
    assert two.json("sync", "status", "--json")["last_error"] == told.removeprefix("ai-usage: ").rstrip()
    assert two.run("sync", "pull").stdout == "pulled 6,000 records\nintegrity of one: checked\n"
    assert "one: checked, 6,000 records\n" in two.run("sync", "verify").stdout


def test_clean_replaces_a_damaged_file(pair: tuple[Home, Home, Path]) -> None:
    _, two, file = pair
    with (
        closing(sqlite3.connect(file)) as connection,
        connection,
    ):  # so that days are computed, not remembered
        connection.execute("INSERT INTO changed_days SELECT utc_day, 1 FROM day_digests")
    spoil(file)

    cleaned = two.run("sync", "clean")

    assert cleaned.stdout == "fetched 6,000 records of 1 machine again\nintegrity of one: checked\n"
    assert cleaned.stderr == (
        f"ai-usage: {file} was damaged and now lies in {file}.damaged-1; "
        "what the server no longer has is in there only\n"
    )
    assert "one: checked, 6,000 records\n" in two.run("sync", "verify").stdout


def test_the_own_ledger_damaged_in_the_middle_comes_back_from_the_server(
    pair: tuple[Home, Home, Path],
) -> None:
    one, _, _ = pair
    before = one.json("daily", "--json")["rows"]
    (one.path / ".claude/projects/-shop/s1.jsonl").unlink()
    ledger = one.path / LEDGER
    spoil(ledger)

    assert one.run("sync", "verify", code=1).stderr == (
        f"ai-usage: {ledger} is damaged and now lies in {ledger}.damaged-1; "
        "run: ai-usage sync restore, which brings back what the server has of it\n"
    )
    assert one.run("sync", "restore").stdout.startswith(
        "restored 6,000 records of 6,000 that the server has\n"
    )
    assert one.json("daily", "--json")["rows"] == before


def test_restore_looks_for_damage_where_no_reading_comes_by(pair: tuple[Home, Home, Path]) -> None:
    one, _, _ = pair
    ledger = one.path / LEDGER
    spoil(ledger)

    restored = one.run("sync", "restore")

    assert restored.stderr == f"ai-usage: {ledger} is damaged; it now lies in {ledger}.damaged-1\n"
    assert "one: checked, 6,000 records\n" in one.run("sync", "verify").stdout


def test_the_doctor_finds_damage_and_says_what_to_run(pair: tuple[Home, Home, Path]) -> None:
    one, two, file = pair
    spoil(file)
    spoil(one.path / LEDGER)

    assert two.json("doctor", "--json")["problems"] == [
        "~/.cache/ai-usage/remote/one.bin is damaged; run: ai-usage sync clean"
    ]
    problems = [
        problem.replace(" (database disk image is malformed)", "")
        for problem in one.json("doctor", "--json")["problems"]
    ]
    assert problems == [f"~/{LEDGER} is damaged; run: ai-usage sync restore"]
    two.run("sync", "clean")
    one.run("sync", "restore")
    assert [home.run("doctor").stdout.splitlines()[-1] for home in (one, two)] == ["problems  none"] * 2
