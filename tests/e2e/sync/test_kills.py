"""SIGKILL at random moments of push, pull, upload and the making of a ledger: the next run loses nothing."""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.homes import PROGRAM, Home, request
from tests.e2e.sync.conftest import SECRETS, secrets
from tests.servers import RunningServer, running_server

LONGEST_S = 0.9
"""A run of the program takes about this long, most of it to start."""


class Pair:
    """Two machines and a server without a proxy, whose processes can be killed."""

    def __init__(self, folder: Path, server: RunningServer) -> None:
        self.server = server
        self.folder = folder
        self.made = 0
        self.one, self.two = (self.home(name) for name in ("one", "two"))

    def home(self, name: str) -> Home:
        home = Home(self.folder / name)
        home.env |= {
            "AI_USAGE_SECRETS": str(home.path / SECRETS),
            "AI_USAGE_ALLOW_INSECURE_LOOPBACK": "1",
        }
        secrets(home, name, self.server.url)
        return home

    def log(self, count: int) -> None:
        """Append requests to the first machine's log."""
        log = self.one.path / ".claude/projects/-shop/s1.jsonl"
        before = log.read_text() if log.exists() else ""
        lines = [
            request(number, f"2026-11-{1 + number % 20:02}T{number % 24:02}:00:00.000Z")
            for number in range(self.made, self.made + count)
        ]
        self.one.write_claude(lines)
        log.write_text(before + log.read_text())
        self.made += count

    def kill(self, home: Home, words: tuple[str, ...], after_s: float) -> None:
        """Start the program, and kill it."""
        process = subprocess.Popen(
            [PROGRAM, *words], env=home.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(after_s)
        process.kill()
        process.wait()

    def kill_server(self, after_s: float) -> None:
        """Kill the server while the first machine pushes, and start it again before the machine gives up."""
        process = subprocess.Popen(
            [PROGRAM, "sync", "push"], env=self.one.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        time.sleep(after_s)
        self.server.stop(signal.SIGKILL)
        self.server.restart()
        told = process.communicate(timeout=120)[1]
        assert process.returncode == 0, told

    def kill_beginning(self, after_s: float) -> None:
        """Kill a program that makes its first ledger; the next one finds nothing that is in its way."""
        fresh = self.home("fresh")
        fresh.write_claude([request(number, "2026-11-01T10:00:00Z") for number in range(5)])
        self.kill(fresh, ("ingest",), after_s)
        assert "claude,5," in fresh.run("vendors", "--csv").stdout
        shutil.rmtree(fresh.path)

    def settle(self) -> None:
        """Let both machines work without kills, and compare."""
        self.one.run("sync", "push")
        assert "integrity of one: checked" in self.two.run("sync", "pull").stdout
        verified = self.two.run("sync", "verify").stdout
        assert f"one: checked, {self.made:,} record" in verified
        counts = {home.run("vendors", "--csv", "--host", "one").stdout for home in (self.one, self.two)}
        assert len(counts) == 1, counts
        assert f"claude,{self.made}," in counts.pop()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two machines and their server."""
    with running_server(tmp_path / "server", max_batch_records=50) as server:
        yield Pair(tmp_path, server)


def walk(pair: Pair, chance: random.Random, rounds: int, settle_every: int) -> None:
    for number in range(1, rounds + 1):
        pair.log(chance.randrange(1, 400))
        after_s = chance.uniform(0, LONGEST_S)
        match chance.choice(["push", "pull", "upload", "begin", "clean"]):
            case "push":
                pair.kill(pair.one, ("sync", "push"), after_s)
            case "pull":
                pair.one.run("sync", "push")
                pair.kill(pair.two, ("sync", "pull"), after_s)
            case "clean":
                pair.kill(pair.two, ("sync", "clean"), after_s)
            case "upload":
                pair.kill_server(after_s)
            case _:
                pair.kill_beginning(after_s / 2)
        if number % settle_every == 0:
            pair.settle()
    pair.settle()


def test_a_few_kills_lose_nothing_and_double_nothing(pair: Pair) -> None:
    walk(pair, random.Random(20261122), rounds=5, settle_every=5)


@pytest.mark.soak
def test_very_many_kills_lose_nothing_and_double_nothing(pair: Pair) -> None:
    walk(pair, random.Random(), rounds=220, settle_every=5)
