"""A disk of the client that is really full: one clear line, code 1, nothing lost, and on it goes once there is room."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.homes import Home, request
from tests.e2e.sync.conftest import Fleet

LEDGER = ".local/share/ai-usage/ledger.db"
FULL = "cannot be written (the disk is full: make room, then run this again)\n"


@pytest.fixture
def small_disks(own_fleet: Fleet) -> Iterator[Fleet]:
    """Folders for the homes `one` and `two`, each on a disk of its own of 40 MB."""
    disks = [own_fleet.folder / name for name in ("one", "two")]
    mounted: list[Path] = []
    try:
        for disk in disks:
            disk.mkdir()
            if sys.platform != "linux" or _mount(disk):
                pytest.skip("only root on Linux can make small disks")
            mounted.append(disk)
        yield own_fleet
    finally:
        for disk in mounted:
            subprocess.run(["umount", disk], check=True)


def _mount(disk: Path) -> int:
    if shutil.which("mount") is None:
        return 1
    words = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)]
    return subprocess.run(words, check=False, capture_output=True).returncode


@contextmanager
def room(home: Home, size_bytes: int) -> Iterator[None]:
    """Leave so many bytes on a home's disk."""
    ballast = home.path / "ballast"
    found = os.statvfs(home.path)
    ballast.write_bytes(b"x" * (found.f_bavail * found.f_frsize - size_bytes))
    yield
    ballast.unlink()


def logs(home: Home, count: int) -> None:
    home.write_claude(
        [request(n, f"2026-11-{n % 20 + 1:02}T{n // 60 % 24:02}:{n % 60:02}:00Z") for n in range(count)]
    )


def refused(home: Home, *words: str) -> str:
    """Run what fails; return the file that is named, and look that nothing else is said."""
    done = home.run(*words, code=1)
    named = done.stderr.removeprefix(f"ai-usage: {home.path}/").removesuffix(f" {FULL}")
    assert (done.stdout, done.stderr) == ("", f"ai-usage: {home.path}/{named} {FULL}")
    return named


def test_push_with_a_full_disk(small_disks: Fleet) -> None:
    home = small_disks.home("one", "full-push")
    named = []
    for count, left in ((1000, 0), (2000, 8192), (3000, 65_536)):
        logs(home, count)
        with room(home, left):
            named.append(refused(home, "sync", "push"))
        home.run("ingest")

    assert named == [LEDGER] * 3
    assert home.run("sync", "push").stdout == "pushed 3,000 records\nintegrity of this machine: checked\n"
    assert "full-push: checked, 3,000 records\n" in home.run("sync", "verify").stdout


def test_pull_with_a_full_disk(small_disks: Fleet) -> None:
    one, two = small_disks.home("one", "full-a"), small_disks.home("two", "full-b")
    logs(one, 6000)
    one.run("sync", "push")
    named = []
    for left in (0, 8192, 65_536, 500_000):
        with room(two, left):
            named.append(refused(two, "sync", "pull"))

    assert named == [LEDGER, LEDGER, LEDGER, ".cache/ai-usage/remote/full-a.bin"]
    assert "pulled 6,000 records\n" in two.run("sync", "pull").stdout
    assert "full-a: checked, 6,000 records\n" in two.run("sync", "verify").stdout


def test_restore_with_a_full_disk(small_disks: Fleet) -> None:
    home = small_disks.home("one", "full-restore")
    logs(home, 6000)
    home.run("sync", "push")
    before = home.json("daily", "--json")["rows"]
    for gone in (".claude", ".local", ".cache"):
        shutil.rmtree(home.path / gone)
    home.write(".cache/ai-usage/prices.attempt", "")
    named = []
    for left in (0, 8192, 65_536, 500_000):
        with room(home, left):
            named.append(refused(home, "sync", "restore"))

    assert named == [LEDGER] * 4
    assert "that the server has\n" in home.run("sync", "restore").stdout
    assert home.json("daily", "--json")["rows"] == before
    assert "full-restore: checked, 6,000 records\n" in home.run("sync", "verify").stdout


def test_a_disk_too_full_for_a_transcript_stops_nothing(small_disks: Fleet) -> None:
    home = small_disks.home("one", "full-proof")
    logs(home, 6000)
    home.run("ingest")
    with room(home, 6_000_000):
        home.run("sync", "push")
    shutil.rmtree(home.path / ".cache/ai-usage/integrity")
    with room(home, 1_500_000):
        pushed = home.run("sync", "push")

    assert pushed.stdout == "nothing new to push\nintegrity of this machine: checked\n"
    assert pushed.stderr == (
        "ai-usage: the transcript local-full-proof.jsonl cannot be written: No space left on device\n"
    )
