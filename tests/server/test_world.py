"""The database under outside interference: locked, moved away, named twice, served twice, on a full disk."""

import concurrent.futures
import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ai_usage.errors import UpdateError
from ai_usage.server.health import ask_health

from ..servers import PROGRAMS, RunningServer, running_server, write_config
from .desync_corpus import head
from .test_takeover import make_old_database
from .uploads import keys, ndjson, pull, record, upload


def refusal(config: Path, *, checks: bool = True) -> str:
    """Return the line with which a server refuses to start, which `--check` says as well."""
    program = str(PROGRAMS / "ai-usage-server")
    ran = [
        subprocess.run(
            [program, *words, str(config)], capture_output=True, text=True, timeout=60, check=False
        )
        for words in ([], ["--check"])[: 1 + checks]
    ]
    assert {each.returncode for each in ran} == {1}
    assert len({each.stderr for each in ran}) == 1, ran
    return ran[0].stderr.removeprefix("ai-usage-server: ").strip()


@contextlib.contextmanager
def locked(server: RunningServer) -> Iterator[sqlite3.Connection]:
    """Hold the database as another program would."""
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_database_that_others_lock_makes_no_client_wait_long(server: RunningServer) -> None:
    def push(number: int) -> tuple[int, str, str | None]:
        with server.client() as client:
            answer = client.post("/v1/upload", content=ndjson(record(str(number))))
            return answer.status_code, answer.text, answer.headers.get("retry-after")

    with locked(server) as other, concurrent.futures.ThreadPoolExecutor(30) as pool:
        # One after the other they would wait 150 s; a client gives up after 30.
        answers = list(pool.map(push, range(30)))
        other.execute("ROLLBACK")
    assert set(answers) == {(503, "the server's database is busy", "10")}
    with server.client() as client:
        assert upload(client, record("after"))["max_seq"] == 1
    assert "Traceback" not in server.log


def test_what_a_client_asked_for_is_dropped_when_it_leaves_before_its_turn(server: RunningServer) -> None:
    host, port = server.address.split(":")
    with locked(server) as other:
        for number in range(10):
            batch = ndjson(record(str(number)))
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                connection.sendall(head(f"content-length: {len(batch)}") + batch)
        assert len(server.wait_for_lines(9, event="request")) >= 9
        other.execute("ROLLBACK")
    with server.client() as client:
        upload(client, record("after"))
        stored = [key for _, key in keys(pull(client))]
    assert stored in (["after"], ["0", "after"])  # the first had its turn while it left
    assert "Traceback" not in server.log


@pytest.mark.parametrize("name", ["data.db", "data.db-wal"])
@pytest.mark.parametrize("copied", [False, True], ids=["deleted", "replaced"])
def test_a_database_that_is_not_the_one_that_was_opened_is_not_served(
    server: RunningServer, name: str, copied: bool
) -> None:
    place, aside = server.folder / name, server.folder / "aside"
    with server.client() as client:
        upload(client, record("a"))
        place.rename(aside)
        if copied:
            shutil.copy(aside, place)
        refused = [
            client.post("/v1/upload", content=ndjson(record("b"))), client.get("/v1/pull?after_seq=0"),
            client.get("/v1/machines"),
        ]  # fmt: skip
        assert {(each.status_code, each.text) for each in refused} == {
            (503, "the server cannot use its database; its log says why")
        }
        health = client.get("/v1/health")
        # Longer than a client waits: it says so and ends.
        assert {each.headers["retry-after"] for each in [*refused, health]} == {"600"}
        assert (health.status_code, health.json()["ok"]) == (503, False)
        with pytest.raises(UpdateError, match="not healthy"):
            ask_health(*_place(server))
        assert server.wait_for_lines(4, event="database")[0]["reason"].startswith(
            f"{place} was deleted or replaced while the server runs"
        )
        aside.rename(place)
        assert client.get("/v1/health").json()["ok"] is True
        assert upload(client, record("b")) == {"accepted": 1, "ignored": 0, "max_seq": 2}
    assert server.stop() == 0


def test_a_server_is_found_behind_a_symbolic_link(server: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(server.database)
    (tmp_path / "folder").symlink_to(server.folder)
    for place in (tmp_path / "link.db", tmp_path / "folder/data.db"):
        said = refusal(write_config(tmp_path, db_path=str(place)), checks=False)
        assert said == f"db_path: another ai-usage-server already works on {server.database}"


def test_a_symbolic_link_to_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "data.db").symlink_to(tmp_path / "data.db")
    assert refusal(write_config(tmp_path)) == (
        f"db_path: {tmp_path / 'data.db'} is a symbolic link that leads to itself"
    )


def test_a_pipe_at_the_path_of_the_database_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "data.db")
    assert refusal(write_config(tmp_path)) == f"db_path: {tmp_path / 'data.db'} is not a regular file"


def test_a_database_with_several_names_is_refused(server: RunningServer, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.hardlink_to(server.database)
    assert refusal(write_config(tmp_path, db_path=str(other))) == (
        f"db_path: {other} has more than one name (hard links), and SQLite keeps a journal for each name; "
        f"remove the others: find {tmp_path} -samefile {other}"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the file itself is locked on Linux only")
def test_a_second_server_is_kept_out_also_without_a_lock_file(server: RunningServer, tmp_path: Path) -> None:
    (server.folder / "data.db.lock").unlink()
    said = refusal(write_config(tmp_path, db_path=str(server.database)), checks=False)
    assert said == f"db_path: another ai-usage-server already works on {server.database}"
    with server.client() as client:
        assert upload(client, record("a"))["max_seq"] == 1


def test_a_server_stops_writing_when_another_has_begun_to(server: RunningServer) -> None:
    with server.client() as client:
        upload(client, record("a"))
        with closing(sqlite3.connect(server.database)) as other, other:
            other.execute("INSERT INTO epochs (id, first_seq, started_at) VALUES ('other', 2, 0)")
        answer = client.post("/v1/upload", content=ndjson(record("b")))
        assert (answer.status_code, answer.text) == (
            503,
            "the server cannot use its database; its log says why",
        )
        assert client.get("/v1/health").json()["ok"] is False
        assert keys(pull(client)) == [(1, "a")]
        (line,) = server.wait_for_lines(1, event="database", cause="AnotherWriter()")
        assert line["reason"].startswith(f"another ai-usage-server writes {server.database}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one mebibyte."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


def _fill(place: Path, leave_bytes: int = 0) -> None:
    with contextlib.suppress(OSError), (place / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    if leave_bytes:
        os.truncate(place / "filler", (place / "filler").stat().st_size - leave_bytes)


@pytest.mark.parametrize("leave_bytes", [0, 4096, 8192, 16384, 40960])
def test_a_start_on_a_full_disk_says_what_to_do(small_disk: Path, tmp_path: Path, leave_bytes: int) -> None:
    config = write_config(tmp_path, db_path=str(small_disk / "data.db"))
    _fill(small_disk, leave_bytes)
    said = refusal(config, checks=False)
    assert said == f"{small_disk / 'data.db'} cannot grow: the disk is full; free some space there"
    (small_disk / "filler").unlink()
    with running_server(tmp_path, db_path=str(small_disk / "data.db")) as server, server.client() as client:
        upload(client, record("a"))
        _fill(small_disk)
        answer = client.post("/v1/upload", content=ndjson(*(record(f"more-{n}") for n in range(900))))
        assert (answer.status_code, answer.text) == (503, "the server's disk is full; free some space there")
        assert int(answer.headers["retry-after"]) > 60
        assert keys(pull(client)) == [(1, "a")]
        (small_disk / "filler").unlink()
        assert upload(client, record("b"))["max_seq"] == 2


def test_a_takeover_on_a_full_disk_says_what_to_do_and_keeps_the_older_database(
    small_disk: Path, tmp_path: Path
) -> None:
    place = small_disk / "data.db"
    make_old_database(place, 2000)
    before = place.read_bytes()
    config = write_config(tmp_path, db_path=str(place))
    assert refusal(config, checks=False) == f"{place} cannot grow: the disk is full; free some space there"
    assert place.read_bytes() == before


def _place(server: RunningServer) -> tuple[str, int]:
    host, port = server.address.split(":")
    return host, int(port)
