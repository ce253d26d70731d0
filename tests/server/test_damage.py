"""Damage to the database ends in the true records, or in a named remedy that leads to them."""

import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ai_usage.server.storage.database import verify
from ai_usage.server.storage.repair import repair
from ai_usage.wire.digest import day_digest, record_hash
from ai_usage.wire.record import KEYS, WireRecord

from ..servers import PROGRAMS, RunningServer, running_server, write_config
from .uploads import days, keys, pull, record, upload

HOSTS = ("laptop", "desk", "phone")
DAYS = range(10, 20)


def make_truth() -> dict[str, list[WireRecord]]:
    """Make the records of three machines over ten days; some records have every field."""
    return {
        host: [
            record(
                f"{host}-{day}-{number}", host_id=host, vendor=("claude", "codex", "omp")[number % 3],
                timestamp=f"2026-05-{day}T0{number}:00:00Z", session_start_time=f"2026-05-{day}T00:00:00.5Z",
                session_end_time=f"2026-05-{day}T23:00:00+00:00", input_tokens=1000 * day + number,
                effort="high" if number % 2 else None, project_path_sha256=f"{day:064x}" if number > 3 else None,
                **dict.fromkeys(KEYS[17:21], 0.25 if number == 1 else None),
            )
            for day in DAYS
            for number in range(8)
        ]
        for host in HOSTS
    }  # fmt: skip


TRUTH = make_truth()


def digests(records: list[WireRecord]) -> dict[str, str]:
    """Compute the digest of each day from the records of a machine."""
    return {
        day: day_digest(
            record_hash(each)
            for each in sorted(records, key=lambda each: (each.vendor, each.dedup_key))
            if each.timestamp.startswith(day)
        )
        for day in sorted({each.timestamp[:10] for each in records})
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a whole database with the records, made by the server."""
    folder = tmp_path_factory.mktemp("whole")
    with running_server(folder) as server, server.client() as client:
        for host, records in TRUTH.items():
            upload(client, *records)
            assert {each["day"]: each["digest_sha256"] for each in days(client, host)} == digests(records)
    return folder / "data.db"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [str(PROGRAMS / "ai-usage-server"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def push_what_differs(server: RunningServer) -> None:
    """Do what each machine does at its next push: compare days, and send those that differ."""
    for host, records in TRUTH.items():
        with server.client(host) as client:
            found = {each["day"]: each["digest_sha256"] for each in days(client, host)}
            wanted = digests(records)
            again = [
                each for each in records if found.get(each.timestamp[:10]) != wanted[each.timestamp[:10]]
            ]
            if again:
                upload(client, *again)


def holds_the_truth(server: RunningServer) -> bool:
    """Compare what a machine that pulls from the beginning has, and the proofs."""
    expected = {(host, each.dedup_key): msgspec.to_builtins(each) for host in HOSTS for each in TRUTH[host]}
    with server.client() as client:
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for each in pull(client)["records"]:
            found[each["host_id"], each["dedup_key"]] = {key: each[key] for key in KEYS}
        same_days = all(
            {each["day"]: each["digest_sha256"] for each in days(client, host)} == digests(TRUTH[host])
            for host in HOSTS
        )
    return found == expected and same_days


def mend(folder: Path) -> None:
    """Follow the remedy that the program names for a database, as a person would."""
    config = write_config(folder)
    checked = run("verify", "--config", config)
    if checked.returncode == 0:
        return
    assert "Traceback" not in checked.stderr
    assert "ai-usage-server verify --repair" in checked.stderr, checked
    repaired = run("verify", "--repair", "--config", config)
    assert (repaired.returncode, "Traceback" in repaired.stderr) == (0, False), repaired
    assert (folder / "data.db.damaged-1").exists()
    again = run("verify", "--config", config)
    assert again.returncode == 0, again


Harm = Callable[[random.Random, bytearray], None]


def flip(chance: random.Random, content: bytearray) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def flip_header(chance: random.Random, content: bytearray) -> None:
    content[chance.randrange(100)] ^= 1 << chance.randrange(8)


def zero_page(chance: random.Random, content: bytearray) -> None:
    page = chance.randrange(len(content) // 4096) * 4096
    content[page : page + 4096] = bytes(4096)


def truncate(chance: random.Random, content: bytearray) -> None:
    del content[chance.randrange(1, len(content)) :]


def garble(chance: random.Random, content: bytearray) -> None:
    place = chance.randrange(len(content))
    content[place : place + 64] = chance.randbytes(64)


HARMS: tuple[Harm, ...] = (flip, flip_header, zero_page, truncate, garble)


REMEDIES = (
    "is damaged; stop the server and run: ai-usage-server verify --repair",
    "or if no newer one wrote it, run: ai-usage-server verify --repair",
    "is not an SQLite database; put a backup back, or move the file away",
)


def serve_as_it_is(folder: Path) -> None:
    """Start a server on a harmed database: it serves, or names the remedy in its answer or when it refuses to start."""
    try:
        with running_server(folder) as server, server.client() as client:
            for path in ("/v1/machines", "/v1/integrity/reports", "/v1/pull?after_seq=0&supported_vendors=*"):
                answer = client.get(path)
                assert answer.status_code in (200, 503), answer.text
                if answer.status_code == 503:
                    assert "ai-usage-server verify --repair" in answer.text
            server.stop()
            said = server.log
    except AssertionError as refused:
        said = str(refused)
        assert any(remedy in said for remedy in REMEDIES), said
    assert "Traceback" not in said, said


def suffer(seed: int, harm: Harm, whole: Path, folder: Path) -> None:
    """Harm a copy of the database, use it, follow the remedy, and compare."""
    folder.mkdir()
    content = bytearray(whole.read_bytes())
    harm(random.Random(seed), content)
    (folder / "data.db").write_bytes(content)
    serve_as_it_is(folder)
    mend(folder)
    with running_server(folder) as server:
        push_what_differs(server)
        assert holds_the_truth(server), (harm.__name__, seed)
        server.stop()
        assert "Traceback" not in server.log, server.log


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_harmed_database_ends_in_the_truth(whole: Path, tmp_path: Path, harm: Harm) -> None:
    for seed in (0, 11):  # the flip of 11 makes SQLite speak text that is not UTF-8
        suffer(seed, harm, whole, tmp_path / str(seed))


@pytest.mark.soak
@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_two_hundred_harmed_databases_end_in_the_truth(whole: Path, tmp_path: Path, harm: Harm) -> None:
    for seed in range(100, 140):
        suffer(seed, harm, whole, tmp_path / str(seed))
        shutil.rmtree(tmp_path / str(seed))


@pytest.fixture
def harmed(whole: Path, tmp_path: Path) -> Iterator[tuple[Path, sqlite3.Connection]]:
    """Yield the folder of a copy, and a connection to it past the triggers that notice changes."""
    shutil.copy(whole, tmp_path / "data.db")
    with closing(sqlite3.connect(tmp_path / "data.db")) as db:
        db.execute("UPDATE server_writes SET active = 1")
        yield tmp_path, db


def test_a_running_server_finds_changed_rows_and_gets_the_true_ones_with_the_next_push(
    harmed: tuple[Path, sqlite3.Connection],
) -> None:
    folder, db = harmed
    db.execute("UPDATE records SET input_tokens = 7 WHERE dedup_key = 'desk-14-3'")
    db.execute("UPDATE server_writes SET active = 0")
    db.commit()
    with running_server(folder) as server:
        (line,) = server.wait_for_lines(1, host="desk", day="2026-05-14")
        assert line["event"] == "rows of a day are damaged; its machine sends them again with its next push"
        push_what_differs(server)
        assert holds_the_truth(server)
        with server.client() as client:
            assert keys(pull(client, 240)) == [(241, "desk-14-3")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE records SET timestamp = timestamp + 1 WHERE seq = 5",
            "record 5: its times are not those that",
        ),
        ("UPDATE machines SET last_seen = last_seen * 1000", "a machine has an absurd name or time"),
        ("UPDATE epochs SET first_seq = -1", "an epoch begins at an absurd seq"),
        ("UPDATE records SET spelled = 'x' WHERE seq = 5", "record 5: it cannot be read: "),
        (
            "UPDATE records SET dedup_key = CAST(x'ff' AS TEXT) WHERE seq = 5",
            "a part cannot be read: Could not decode",
        ),
        (
            "UPDATE records SET dedup_key = 'other' WHERE seq = 5",
            "record 5: its key is not the one it was stored",
        ),
        (
            "UPDATE records SET output_tokens = -1 WHERE seq = 5",
            "record 5: output_tokens must be non-negative",
        ),
        (
            "UPDATE records SET model = 9999 WHERE seq = 5",
            "record 5: it cannot be read: text 9999 is missing",
        ),
        ("UPDATE records SET cost_input = -0.5 WHERE seq = 5", "record 5: cost_input must be finite"),
        ("DELETE FROM texts WHERE text = 'desk'", "record 81: it cannot be read: text"),
        (
            "DELETE FROM records WHERE seq = 5",
            "day 2026-05-10 of laptop: its rows are not those that were stored",
        ),
        (
            "UPDATE days SET record_count = 3",
            "day 2026-05-10 of laptop: its rows are not those that were stored",
        ),
        ("DELETE FROM days", "a day of laptop with 8 records is counted wrong"),
        ("UPDATE server_metadata SET value = 'x' WHERE key = 'instance_id'", "the identity of the database"),
        (
            "UPDATE server_metadata SET value = 'x' WHERE key = 'last_seq'",
            "a part cannot be read: invalid literal",
        ),
        (
            "UPDATE server_metadata SET value = '3' WHERE key = 'last_seq'",
            "the highest seq that was given is lower",
        ),
        ("DELETE FROM server_metadata", "a part cannot be read: 'instance_id'"),
        ("DELETE FROM server_writes", "a part cannot be read: "),
        ("INSERT INTO integrity_reports VALUES (1, 0, 0, '{')", "a part cannot be read: invalid JSON"),
        ("PRAGMA application_id = 7", "DIR/data.db is damaged; stop the server and run"),
        ("PRAGMA user_version = 99", "the database has schema 99"),
        ("DROP TABLE machines", "a part cannot be read: no such table: machines"),
        ("DROP TABLE texts", "record 1: it cannot be read: no such table: texts"),
    ],
    ids=lambda value: value.split(" WHERE")[0][:40] if " " in str(value) else "",
)
def test_each_damage_is_named_and_mended(
    harmed: tuple[Path, sqlite3.Connection], change: str, said: str
) -> None:
    folder, db = harmed
    place = folder / "data.db"
    db.execute(change)
    db.execute("UPDATE server_writes SET active = 0")
    db.commit()
    _, damage = verify(place)
    assert any(line.replace(str(folder), "DIR").startswith(said) for line in damage), damage
    repaired = repair(place)
    assert verify(place) == (repaired.record_count, [])


def test_a_whole_database_has_no_damage_also_while_it_is_served(whole: Path, tmp_path: Path) -> None:
    shutil.copy(whole, tmp_path / "data.db")
    said = f"{tmp_path / 'data.db'}: 240 records, no damage\n"
    config = write_config(tmp_path)
    assert run("verify", "--config", config).stdout == said
    assert run("verify", "--repair", "--config", config).stdout == said
    with running_server(tmp_path) as server, server.client() as client:
        upload(client, record("more"))
        assert run("verify", "--config", config).stdout == said.replace("240", "241")
    assert not list(tmp_path.glob("data.db.damaged*"))


def test_a_database_that_is_served_is_not_repaired(harmed: tuple[Path, sqlite3.Connection]) -> None:
    folder, db = harmed
    db.execute("UPDATE records SET output_tokens = -1 WHERE seq = 5")
    db.execute("UPDATE server_writes SET active = 0")
    db.commit()
    with running_server(folder) as server:
        for _ in range(2):
            refused = run("verify", "--repair", "--config", server.config)
            assert refused.returncode == 1
            assert refused.stderr.endswith(f"another ai-usage-server already works on {server.database}\n")
            (folder / "data.db.lock").unlink(missing_ok=True)
