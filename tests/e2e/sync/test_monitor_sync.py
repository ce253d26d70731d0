"""The monitor beside a real server that goes away and comes back, and another machine that works meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.homes import Home, request
from tests.e2e.sync.conftest import SECRETS, secrets
from tests.e2e.terminals import Tmux, monitor_line
from tests.e2e.test_monitor import stamp
from tests.servers import RunningServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server of its own."""
    with running_server(tmp_path / "server") as running:
        yield running


def member(folder: Path, name: str, server: RunningServer) -> Home:
    """A home that knows the server."""
    home = Home(folder / name)
    home.env |= {"AI_USAGE_SECRETS": str(home.path / SECRETS), "AI_USAGE_ALLOW_INSECURE_LOOPBACK": "1"}
    secrets(home, name, server.url)
    return home


def test_sync_in_the_background_of_the_monitor(server: RunningServer, tmp_path: Path) -> None:
    desk, laptop = (member(tmp_path, name, server) for name in ("desk", "laptop"))
    desk.write_claude([request(1, stamp(minutes=9)), request(2, stamp(minutes=8))])
    laptop.write_claude([request(3, stamp(minutes=7))], session="s9")
    laptop.run("sync", "push")
    with Tmux(desk, 110, 36) as terminal:
        terminal.run(monitor_line())
        terminal.until("3 requests", "synced just now", "Integrity Checked", "Hosts by cost", "laptop")

        laptop.write_claude([request(3, stamp(minutes=7)), request(4, stamp(minutes=2))], session="s9")
        laptop.run("sync", "push")
        terminal.type(":sync")
        terminal.press("Enter")
        terminal.until("4 requests")

        server.stop()
        terminal.type(":sync")
        terminal.press("Enter")
        terminal.until("! sync failed", server.address)
        desk.write_claude([request(number, stamp(minutes=9 - number)) for number in (1, 2, 5)])
        terminal.until("5 requests", "! sync failed")

        server.restart()
        terminal.type(":verify")
        terminal.press("Enter")
        terminal.until("synced just now", "all machines agree", never="! sync failed")
        terminal.press("q")
        terminal.until("shell>", never="Models by")
    assert laptop.run("sync", "pull").returncode == 0
    assert laptop.json("models", "--json")["totals"]["requests"] == 5
    assert desk.json("hosts", "--json")["totals"]["requests"] == 5
