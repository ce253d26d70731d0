"""A real proxy that swallows uploads, reports or days: a push never says checked, and the next one sends all."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.homes import Home, request
from tests.e2e.sync.conftest import SECRETS, secrets
from tests.servers import RunningServer, running_proxy, running_server

RECORDS = 3
WHOLE = '{"accepted":3,"ignored":0,"max_seq":3}'
DAYS = '{"host_id":"ant","algorithm":"usage-day-sha256-v1","days":[]}'
SWALLOWING = {
    "accepts-none": ('respond /v1/upload `{"accepted":0,"ignored":0,"max_seq":0}` 200', 3),
    "too-few": ('respond /v1/upload `{"accepted":1,"ignored":1,"max_seq":2}` 200', 3),
    "too-many": ('respond /v1/upload `{"accepted":9223372036854775807,"ignored":3,"max_seq":3}` 200', 3),
    "right-numbers": (f"respond /v1/upload `{WHOLE}` 200", 3),
    "all-ignored": ('respond /v1/upload `{"accepted":0,"ignored":3,"max_seq":3}` 200', 3),
    "right-numbers-and-cached-days": (
        f"respond /v1/upload `{WHOLE}` 200\n\trespond /v1/integrity/days `{DAYS}` 200",
        3,
    ),
    "empty-object": ("respond /v1/upload `{}` 200", 4),
    "negative": ('respond /v1/upload `{"accepted":-3,"ignored":6,"max_seq":3}` 200', 4),
    "html": ("respond /v1/upload `<html>Sign in</html>` 200", 4),
    "nothing": ('respond /v1/upload "" 200', 4),
    "no-content": ("respond /v1/upload 204", 4),
    "refused-without-a-word": ("respond /v1/upload 403", 4),
    "report-refused": ('respond /v1/integrity/report `{"accepted":false}` 200', 4),
    "report-swallowed": ('respond /v1/integrity/report `{"accepted":true}` 200', 0),
}


def home_of(folder: Path, url: str, root: Path) -> Home:
    home = Home(folder)
    home.env |= {"AI_USAGE_SECRETS": str(home.path / SECRETS), "SSL_CERT_FILE": str(root)}
    secrets(home, "ant", url)
    return home


def stored(server: RunningServer) -> int:
    with contextlib.closing(sqlite3.connect(server.database)) as connection:
        count: int = connection.execute("SELECT count(*) FROM records").fetchone()[0]
        return count


@pytest.mark.parametrize("kind", SWALLOWING)
def test_a_push_through_a_proxy_that_swallows_is_never_checked(tmp_path: Path, kind: str) -> None:
    rules, code = SWALLOWING[kind]
    with running_server(tmp_path / "server") as server:
        with running_proxy(tmp_path / "proxy", server.address, f"\t{rules}") as proxy:
            home = home_of(tmp_path / "ant", proxy.url, proxy.root_certificate)
            home.write_claude([request(number, f"2026-11-0{number}T10:00:00Z") for number in (1, 2, 3)])
            told = home.run("sync", "push", code=code)
            again = home.run("sync", "push", code=code)
            status = home.json("sync", "status", "--json")
        swallowed = "upload" in rules
        assert stored(server) == (0 if swallowed else RECORDS)
        assert "checked" not in told.stdout + again.stdout
        assert "Traceback" not in told.stderr + again.stderr
        assert [each["integrity"] for each in status["machines"] if each["host_id"] == "ant"] == [
            "failed" if code == 3 else "pending"
        ]

        with running_proxy(tmp_path / "honest", server.address) as proxy:
            home.env["SSL_CERT_FILE"] = str(proxy.root_certificate)
            secrets(home, "ant", proxy.url)
            honest = home.run("sync", "push")
            assert honest.stdout.endswith("integrity of this machine: checked\n")
            assert "ant: checked, 3 records" in home.run("sync", "verify").stdout
        assert stored(server) == RECORDS


def test_a_push_that_the_server_holds_nothing_of_says_what_differs(tmp_path: Path) -> None:
    with (
        running_server(tmp_path / "server") as server,
        running_proxy(tmp_path / "proxy", server.address, f"\trespond /v1/upload `{WHOLE}` 200") as proxy,
    ):
        home = home_of(tmp_path / "ant", proxy.url, proxy.root_certificate)
        home.write_claude([request(number, "2026-11-01T10:00:00Z") for number in (1, 2, 3)])
        told = home.run("sync", "push", code=3)

    assert told.stdout == (
        "pushed 3 records\n"
        "sent 1 day again that differed on the server\n"
        "integrity of this machine: failed (the server does not have the same records of 2026-11-01)\n"
    )
    assert told.stderr == (
        "ai-usage: integrity failed: the server does not hold the same records of this machine\n"
    )
