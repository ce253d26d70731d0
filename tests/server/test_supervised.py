"""What a supervisor such as systemd hears of a server."""

import socket
import sys
from pathlib import Path

import pytest

from ..servers import running_server


@pytest.mark.parametrize(
    "abstract",
    [
        pytest.param(False, id="a path"),
        pytest.param(
            True,
            id="an abstract name",
            marks=pytest.mark.skipif(
                sys.platform != "linux", reason="only Linux has abstract names of sockets"
            ),
        ),
    ],
)
def test_a_supervisor_hears_that_the_server_serves_and_that_it_still_does(
    tmp_path: Path, abstract: bool
) -> None:
    place = f"@ai-usage-{tmp_path}"[:100] if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind("\0" + place[1:] if abstract else place)
        told.settimeout(30)
        env = {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "3000000"}
        with running_server(tmp_path / "server", env=env) as server:
            assert told.recv(100) == b"READY=1"
            with server.client() as client:
                assert client.get("/v1/health").status_code == 200
            assert [told.recv(100), told.recv(100)] == [b"WATCHDOG=1", b"WATCHDOG=1"]


def test_a_missing_supervisor_does_not_stop_serving(tmp_path: Path) -> None:
    env = {"NOTIFY_SOCKET": str(tmp_path / "missing"), "WATCHDOG_USEC": "1000000"}
    with running_server(tmp_path / "server", env=env) as server, server.client() as client:
        assert client.get("/v1/health").status_code == 200
