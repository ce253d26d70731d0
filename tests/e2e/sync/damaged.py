"""Two synced machines, damage in a file of one of them, and a person who types what the program says."""

import random
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.e2e.homes import PROGRAM, Home, request
from tests.e2e.sync.conftest import Fleet

LEDGER = ".local/share/ai-usage/ledger.db"
REMOTE = ".cache/ai-usage/remote/one.bin"
MOST_STEPS = 8
_ADVICE = re.compile(r"run:? `?(?:on \S+: )?ai-usage ((?:sync )?[a-z]+(?: --[a-z]+)*)")


def flip(content: bytearray, chance: random.Random) -> None:
    """Change one bit of a byte that holds something."""
    place = chance.choice([place for place, byte in enumerate(content) if byte])
    content[place] ^= 1 << chance.randrange(8)


def truncate(content: bytearray, chance: random.Random) -> None:
    """Cut the end off."""
    del content[chance.randrange(len(content)) :]


def zero_page(content: bytearray, chance: random.Random) -> None:
    """Overwrite a page with zeros, as a disk does that lost a write."""
    begin = chance.randrange(len(content) // 4096) * 4096
    content[begin : begin + 4096] = bytes(4096)


Spoil = Callable[[bytearray, random.Random], None]


class Pair:
    """Machine `one` with 60 requests, of which the logs of 20 are gone, and machine `two`, which has them all."""

    def __init__(self, fleet: Fleet) -> None:
        self.one, self.two = fleet.home("one"), fleet.home("two")
        for session, model in (("s1", "claude-opus-4-6"), ("s2", "claude-sonnet-4-6"), ("s3", "mystery-9")):
            numbers = range(int(session[1]) * 100, int(session[1]) * 100 + 20)
            lines = [
                request(n, f"2026-11-{n % 9 + 1:02}T1{n % 7}:{n % 60:02}:00Z", model=model, session=session)
                for n in numbers
            ]
            self.one.write_claude(lines, session)
        self.two.write_claude([request(900, "2026-11-05T10:00:00Z", session="s9")], "s9")
        self.one.run("sync", "push")
        self.two.run("sync", "push")
        self.two.run("sync", "pull")
        self.one.run("sync", "pull")
        (self.one.path / ".claude/projects/-shop/s2.jsonl").unlink()
        self.truth = {home.path.name: figures(home) for home in (self.one, self.two)}
        self._kept = {home: self._keep(home) for home in (self.one, self.two)}

    def put_back(self) -> None:
        """Give both machines the files that they had."""
        for home, kept in self._kept.items():
            for name in (".local/share/ai-usage", ".cache/ai-usage"):
                shutil.rmtree(home.path / name, ignore_errors=True)
                shutil.copytree(kept / name, home.path / name)

    def survive(self, home: Home, name: str, spoil: Spoil, chance: random.Random) -> list[str]:
        """Spoil a file, do what the program says until it finds nothing, and compare with the truth."""
        self.put_back()
        path = home.path / name
        content = bytearray(path.read_bytes())
        spoil(content, chance)
        path.write_bytes(content)
        said = self.follow(home)
        for each in (self.one, self.two):
            said += self.follow(each)
        for each in (self.one, self.two):
            assert figures(each) == self.truth[each.path.name], "\n".join(said)
        return said

    def follow(self, home: Home) -> list[str]:
        """Verify, and run what is advised, until all is well."""
        said: list[str] = []
        words = ["sync", "verify"]
        for _ in range(MOST_STEPS):
            done = run(home, *words)
            told = done.stdout + done.stderr
            said.append(f"{home.path.name}$ ai-usage {' '.join(words)}\n{told}({done.returncode})")
            assert "Traceback" not in told, "\n".join(said)
            advice = _ADVICE.findall(told) or [" ".join(words)] * ("run this again" in told)
            if done.returncode == 0 and not advice and words == ["sync", "verify"]:
                return said
            assert done.returncode == 0 or advice, "\n".join(said)
            words = advice[0].split() if advice else ["sync", "verify"]
        raise AssertionError("\n".join(["no end:", *said]))

    def _keep(self, home: Home) -> Path:
        kept = home.path.with_name(f"{home.path.name}.kept")
        for name in (LEDGER, *(f".cache/ai-usage/remote/{host}.bin" for host in ("one", "two"))):
            if (home.path / name).exists():
                with closing(sqlite3.connect(home.path / name)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for name in (".local/share/ai-usage", ".cache/ai-usage"):
            shutil.copytree(home.path / name, kept / name)
        return kept


def figures(home: Home) -> dict[str, Any]:
    """Return what reports say of everything, less when they say it."""
    return {
        report: {key: home.json(report, "--all", "--json", "--offline")[key] for key in ("rows", "totals")}
        for report in ("daily", "models", "hosts")
    }


def run(home: Home, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program, whatever its exit code."""
    return subprocess.run(
        [str(PROGRAM), *words],
        env=home.env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
