"""Pulls: pages, filters, cursors and epochs."""

import shutil
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..servers import PROGRAMS, RunningServer, running_server
from .uploads import keys, pull, record, upload

HOSTS = ("desk", "laptop")
VENDORS = ("claude", "codex", "gemini", "kimi", "omp", "new-agent")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run a server with 24 records: two hosts, six vendors, two days."""
    with running_server(tmp_path_factory.mktemp("filled")) as running, running.client() as client:
        for host in HOSTS:
            for vendor in VENDORS:
                for day in ("2026-05-18", "2026-05-19"):
                    at = f"{day}T23:59:60Z"
                    upload(
                        client, record(f"{host}-{vendor}-{day}", host_id=host, vendor=vendor, timestamp=at)
                    )
        yield running


def test_pages_end_where_the_next_begins(filled: RunningServer) -> None:
    with filled.client() as client:
        seqs, cursor, pages = [], 0, 0
        while True:
            page = pull(client, cursor, limit=5)
            seqs += [each["seq"] for each in page["records"]]
            cursor, pages = page["max_seq"], pages + 1
            if not page["truncated"]:
                break
            assert cursor == seqs[-1]
        assert (seqs, cursor, pages) == (list(range(1, 25)), 24, 5)


def test_a_page_that_is_just_full_is_not_truncated(filled: RunningServer) -> None:
    with filled.client() as client:
        page = pull(client, 20, limit=4)
        assert (len(page["records"]), page["truncated"], page["max_seq"]) == (4, False, 24)


@pytest.mark.parametrize(
    ("query", "count", "max_seq"),
    [
        ({"supported_vendors": ["*"]}, 24, 24),
        ({"supported_vendors": []}, 12, 18),
        ({"supported_vendors": ["claude,codex"]}, 8, 16),
        ({"supported_vendors": ["claude", "codex"]}, 8, 16),
        ({"supported_vendors": ["claude,*"]}, 24, 24),
        ({"supported_vendors": ["unheard-of"]}, 0, 0),
        ({"supported_vendors": ["*"], "exclude_host": ["laptop"]}, 12, 24),
        ({"supported_vendors": ["*"], "exclude_host": ["laptop", "desk"]}, 0, 24),
        ({"supported_vendors": ["*"], "exclude_host": ["unheard-of"]}, 24, 24),
        ({"supported_vendors": ["*"], "host": ["desk"]}, 12, 24),
        ({"supported_vendors": ["*"], "host": ["unheard-of"]}, 0, 24),
        ({"supported_vendors": ["*"], "day": ["2026-05-18"]}, 12, 24),
        ({"supported_vendors": ["*"], "day": ["2026-05-18"], "host": ["laptop"]}, 6, 24),
        ({"supported_vendors": ["", "claude,,codex,"]}, 8, 16),
        ({"supported_vendors": ["*"], "limit": ["0"]}, 1, 1),
        ({"supported_vendors": ["*"], "limit": ["99999"]}, 24, 24),
        ({"supported_vendors": ["*"], "after_seq": ["1000"]}, 0, 1000),
    ],
    ids=str,
)
def test_a_filter_leaves_out_what_it_says(
    filled: RunningServer, query: dict[str, list[str]], count: int, max_seq: int
) -> None:
    spelled = urllib.parse.urlencode({"after_seq": ["0"]} | query, doseq=True)
    with filled.client() as client:
        page = client.get(f"/v1/pull?{spelled}").json()
    assert (len(page["records"]), page["max_seq"]) == (count, max_seq)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "after_seq is required"),
        ("limit=5", "after_seq is required"),
        ("after_seq=", "after_seq must be an integer"),
        ("after_seq=1.0", "after_seq must be an integer"),
        ("after_seq=-1", "after_seq must be an integer"),
        ("after_seq=-0", "after_seq must be an integer"),
        ("after_seq=++1", "after_seq must be an integer"),
        ("after_seq=+", "after_seq must be an integer"),
        ("after_seq=%201", "after_seq must be an integer"),
        ("after_seq=1_0", "after_seq must be an integer"),
        ("after_seq=" + "9" * 5000, "after_seq must be an integer"),
        ("after_seq=0&limit=-1", "limit must be an integer"),
        ("after_seq=0&limit=-0", "limit must be an integer"),
        ("after_seq=0&limit=", "limit must be an integer"),
        ("after_seq=0&supported_vendors=", "supported_vendors must not be empty"),
        ("after_seq=0&supported_vendors=,%20,", "supported_vendors must not be empty"),
        ("after_seq=0&supported_vendors=claude,Codex", "supported_vendors contains invalid vendor"),
        (
            "after_seq=0&supported_vendors=*&supported_vendors=a%20b",
            "supported_vendors contains invalid vendor",
        ),
        ("after_seq=0&supported_vendors=" + "x" * 33, "supported_vendors contains invalid vendor"),
        ("after_seq=٣", "after_seq must be an integer"),
        ("after_seq=9223372036854775808", "after_seq must be an integer"),
        ("after_seq=0&limit=many", "limit must be an integer"),
        ("after_seq=0&day=2026-02-30", "day must be YYYY-MM-DD"),
        ("after_seq=0&day=yesterday", "day must be YYYY-MM-DD"),
    ],
)
def test_a_bad_value_is_named(filled: RunningServer, query: str, text: str) -> None:
    with filled.client() as client:
        answer = client.get(f"/v1/pull?{query}")
        assert (answer.status_code, answer.text) == (400, text)


@pytest.mark.parametrize("seq", ["+22", "22", "0022", "0" * 30 + "22", "%2B22"])
def test_a_plus_and_zeros_before_a_number_are_read_as_existing_servers_do(
    filled: RunningServer, seq: str
) -> None:
    with filled.client() as client:
        page = client.get(f"/v1/pull?after_seq={seq}&limit=+1&supported_vendors=*").json()
    assert ([each["seq"] for each in page["records"]], page["truncated"]) == ([23], True)


def test_a_cursor_of_an_earlier_start_goes_on(server: RunningServer) -> None:
    with server.client() as client:
        upload(client, record("a"))
        first = pull(client)
        server.restart()
        upload(client, record("b"))
        second = pull(client, first["max_seq"], epoch=first["epoch"])
        assert keys(second) == [(2, "b")]
        assert second["epoch"] != first["epoch"]


def test_a_cursor_of_an_epoch_that_is_not_known_is_refused(filled: RunningServer) -> None:
    with filled.client() as client:
        answer = client.get("/v1/pull?after_seq=0&epoch=unheard-of")
        assert (answer.status_code, answer.text) == (409, "cursor belongs to another history")


def test_a_database_put_back_from_a_backup_refuses_cursors_above_it(
    server: RunningServer, tmp_path: Path
) -> None:
    with server.client() as client:
        upload(client, record("a"))
        early = pull(client)
        back_up(server, tmp_path / "backup.db")
        upload(client, record("b"), record("c"))
        late = pull(client)
        assert late["epoch"] == early["epoch"]
        server.stop()
        shutil.copy(tmp_path / "backup.db", server.database)
        server.restart()
        upload(client, record("d"))
        answer = client.get(f"/v1/pull?after_seq={late['max_seq']}&epoch={late['epoch']}")
        assert (answer.status_code, answer.text) == (409, "cursor belongs to another history")
        assert keys(pull(client, early["max_seq"], epoch=early["epoch"])) == [(2, "d")]


def test_what_is_written_between_two_pages_is_not_skipped(server: RunningServer) -> None:
    with server.client() as client:
        upload(client, record("a"), record("b"), record("c"))
        first = pull(client, limit=2)
        upload(client, record("a", output_tokens=3), record("d"))
        assert keys(pull(client, first["max_seq"])) == [(3, "c"), (4, "a"), (5, "d")]


def back_up(server: RunningServer, copy: Path) -> None:
    """Run the backup command beside the running server."""
    command = [PROGRAMS / "ai-usage-server", "backup", copy, "--config", server.config]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
