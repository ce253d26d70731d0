"""Our own program as a person starts it, with a ledger and settings of its own."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Command
from bench.truth import KINDS, Sums

HEAVY = ("rich", "textual", "httpx2", "msgspec")
"""Libraries that `--version` must not load."""


@dataclass(frozen=True)
class Program:
    """`ai-usage` in a home, with its files in a folder of the bench."""

    executable: Path
    home: Path
    state: Path

    def command(self, *words: str, stdin: str = "", before: Callable[[], object] | None = None) -> Command:
        """Return a command with these words; `stdin` and `before` as for any `Command`."""
        return Command([str(self.executable), *words], self.environment(), stdin, before)

    def environment(self) -> dict[str, str]:
        """Return an environment in which only the files of the bench are seen."""
        return {
            "HOME": str(self.home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TZ": "UTC",
            "AI_USAGE_DATA_DIR": str(self.state / "data"),
            "AI_USAGE_CACHE_DIR": str(self.state / "cache"),
            "AI_USAGE_SECRETS": str(self.state / "none.yaml"),
            "XDG_CONFIG_HOME": str(self.state / "config"),
            "XDG_DATA_HOME": str(self.state / "share"),
            "XDG_CACHE_HOME": str(self.state / "cache-home"),
        }

    def daily(self, before: Callable[[], object] | None = None) -> Command:
        """Return the report of everything by day, which every comparison uses."""
        return self.command("daily", "--all", "--json", "--offline", before=before)

    @property
    def ledger(self) -> Path:
        """Where the ledger is."""
        return self.state / "data" / "ledger.db"

    def ledger_bytes(self) -> int:
        """Return the size of the ledger after a checkpoint."""
        with sqlite3.connect(self.ledger) as base:
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.close()
        return self.ledger.stat().st_size

    def heavy_imports(self, *words: str) -> list[str]:
        """Return which of the heavy libraries a command loads."""
        start = f"import sys; sys.argv = {['ai-usage', *words]!r}; from ai_usage.__main__ import main; main()"
        python = self.executable.parent / "python"
        done = subprocess.run(
            [str(python if python.exists() else sys.executable), "-X", "importtime", "-c", start],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
        return [name for name in HEAVY if name in loaded]


def counts(report: str, *keys: str) -> Sums:
    """Read a JSON report into counts by its key columns, in the order of `truth.KINDS`."""
    rows = json.loads(report)["rows"]
    return {tuple(str(row[key]) for key in keys): [row[kind] for kind in KINDS] for row in rows}
