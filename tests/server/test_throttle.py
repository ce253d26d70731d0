"""Whose failed logins are slowed down, and the log lines by which fail2ban shuts an address out."""

import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest

from ai_usage.server.auth import Proxies, neighbourhood

from ..servers import DEPLOY, TOKEN, running_server
from .raw_http import connecting, exchange

FILTER = DEPLOY / "fail2ban/ai-usage-server.filter.conf"


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ([], "127.0.0.1"),
        (["198.51.100.7"], "198.51.100.7"),
        (["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        (["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        (["198.51.100.7", "203.0.113.9,192.0.2.1 , 198.51.100.7 "], "198.51.100.7"),
        (["198.51.100.7:4711"], "198.51.100.7"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["2001:DB8:0::7"], "2001:db8::7"),
        (["198.51.100.7", "unknown"], "127.0.0.1"),
        (["198.51.100.7", ""], "127.0.0.1"),
        (["198.51.100.7,"], "127.0.0.1"),
        (["[198.51.100.7"], "198.51.100.7"),
    ],
)
def test_the_last_entry_of_all_lines_counts(said: list[str], address: str) -> None:
    assert Proxies(("127.0.0.0/8",)).client_address("127.0.0.1", said) == address


def test_a_stranger_is_not_believed() -> None:
    assert Proxies(("127.0.0.0/8",)).client_address("192.0.2.1", ["198.51.100.7"]) == "192.0.2.1"
    assert Proxies(()).client_address("127.0.0.1", ["198.51.100.7"]) == "127.0.0.1"


def test_ipv4_addresses_on_a_socket_of_both_kinds_are_ipv4_addresses() -> None:
    proxies = Proxies(("127.0.0.0/8",))
    assert proxies.client_address("::ffff:127.0.0.1", ["::ffff:198.51.100.7"]) == "198.51.100.7"
    assert proxies.client_address("::ffff:198.51.100.7", []) == "198.51.100.7"
    assert neighbourhood("::ffff:198.51.100.7") != neighbourhood("::ffff:198.51.100.8")


def test_the_lines_of_a_header_are_joined_on_the_wire_too(tmp_path: Path) -> None:
    lines = (
        "x-forwarded-for: 203.0.113.9\r\nX-FORWARDED-FOR: 203.0.113.8\r\nx-forwarded-for: 198.51.100.7\r\n"
    )
    ask = f"GET /v1/machines HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lines}\r\n".encode()
    with running_server(tmp_path) as server:
        assert exchange(connecting(server.address), ask).statuses == [401]
        assert [line["address"] for line in server.wait_for_lines(1, status=401)] == ["198.51.100.7"]


def test_the_header_that_names_clients_can_be_another(tmp_path: Path) -> None:
    with running_server(tmp_path, client_address_header="X-Real-IP") as server:
        said = {"x-forwarded-for": "203.0.113.9", "x-real-ip": "198.51.100.7"}
        httpx2.get(server.url + "/v1/machines", headers=said)
        assert [line["address"] for line in server.wait_for_lines(1, status=401)] == ["198.51.100.7"]


@pytest.mark.parametrize("prefix", ["", "box ai-usage-server[4711]: "], ids=["a file", "the journal"])
def test_fail2ban_finds_failed_logins_and_nothing_else(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "server").mkdir()
    forged = '/v1/machines","status":401,"ms":1,"address":"6.6.6.6","event":"request"'
    with running_server(tmp_path / "server") as server, server.client("laptop") as client:
        for address in ("198.51.100.7", "2001:db8::7"):
            httpx2.get(server.url + "/v1/machines", headers={"x-forwarded-for": address})
        head = (
            f"GET {forged} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 198.51.100.8\r\nconnection: close\r\n\r\n"
        )
        exchange(connecting(server.address), head.encode())
        client.get("/v1/machines")
        client.get("/v1/nothing")
        httpx2.get(server.url + "/v1/health", headers={"x-forwarded-for": "203.0.113.1"})
        server.stop()
        lines = [line for line in server.log.splitlines() if line.startswith("{")]
    log, conf = tmp_path / "log", tmp_path / "filter.d/ai-usage-server.conf"
    log.write_text("".join(f"{prefix}{line}\n" for line in lines))
    conf.parent.mkdir()
    shutil.copy(FILTER, conf)
    shutil.copy("/etc/fail2ban/filter.d/common.conf", conf.parent)
    found = subprocess.run(
        ["fail2ban-regex", "--out", "<ip>", log, conf],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.stdout.split() == ["198.51.100.7", "2001:db8::7", "198.51.100.8"], found
    assert TOKEN not in log.read_text()
