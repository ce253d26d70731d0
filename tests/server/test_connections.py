"""How many connections the server holds, and how it refuses the next one."""

import contextlib
import re
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_usage.server.auth import Proxies
from ai_usage.server.connections import Connections, most_connections

from ..servers import DEPLOY, RunningServer, running_server, start_server, write_config
from .raw_http import connecting, exchange

HEALTH = b"GET /v1/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


@contextlib.contextmanager
def held(server: RunningServer, count: int) -> Iterator[list[socket.socket]]:
    """Hold open connections on which no byte was sent yet."""
    host, port = server.address.split(":")
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection((host, int(port)), timeout=20)) for _ in range(count)
        ]


@pytest.fixture
def narrow_server(tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server that may open 164 files."""
    server = start_server(tmp_path, write_config(tmp_path), within=("prlimit", "--nofile=164:164"))
    yield server
    server.stop()


def test_a_connection_too_many_is_told_to_come_back_and_the_others_are_served(
    narrow_server: RunningServer,
) -> None:
    connect = connecting(narrow_server.address)
    with held(narrow_server, 100) as connections:
        refused = exchange(connect, HEALTH)
        assert refused.closed
        assert [(each.status, each.body) for each in refused.answers] in (
            [(503, b"too many connections")],
            [],
        )
        for connection in connections:
            connection.sendall(HEALTH)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    while exchange(connect, HEALTH).statuses != [200]:
        time.sleep(0.05)
    assert "Traceback" not in narrow_server.log


def test_one_address_holds_no_more_than_its_share(tmp_path: Path) -> None:
    with running_server(tmp_path, trusted_proxies=["192.0.2.1"]) as server:
        soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        assert soft > 400, (soft, hard)
        with held(server, 256):
            assert exchange(connecting(server.address), HEALTH).statuses in ([503], [])
        while exchange(connecting(server.address), HEALTH).statuses != [200]:
            time.sleep(0.05)


def test_all_connections_fit_under_the_limit_of_the_shipped_unit() -> None:
    unit = (DEPLOY / "ai-usage-server.service.example").read_text()
    limit = re.search(r"^LimitNOFILE=(\d+)$", unit, re.MULTILINE)
    assert limit is not None
    assert most_connections() + 1000 < int(limit[1])


def test_the_counts_are_of_addresses_and_proxies_hold_many() -> None:
    connections = Connections(Proxies(("127.0.0.1",)), 6, 2)
    peers = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2", "127.0.0.1", "127.0.0.1"]
    assert [connections.admit(peer) for peer in peers] == [True, True, False, True, True, True, False]
    for peer in peers[:4]:
        connections.release(peer)
    assert [connections.admit(peer) for peer in ["192.0.2.1", "2001:db8::3", "127.0.0.1"]] == [
        True,
        True,
        True,
    ]
