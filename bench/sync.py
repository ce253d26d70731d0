"""`python -m bench.sync`: what sync costs with a million records, through a proxy with TLS, as people run it.

Two homes, a server and Caddy on this machine. Each line is one run of the installed program: how long it took, its own
processor time, and its peak memory.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.usage.instant import DAY
from ai_usage.usage.record import UsageRecord, key_hash
from tests.servers import PROGRAMS, TOKEN, RunningProxy, running_proxy, running_server

_AT_ONCE = 20_000


def main() -> int:
    """Push, pull, idle, prove and mend."""
    parser = argparse.ArgumentParser(prog="python -m bench.sync", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory(prefix="bench-sync-") as scratch:
        folder = Path(scratch)
        with (
            running_server(folder / "server") as server,
            running_proxy(folder / "proxy", server.address) as proxy,
        ):
            one, two = (_home(folder / name, proxy) for name in ("one", "two"))
            _fill(one / ".local/share/ai-usage/ledger.db", count)
            _run("first push", one, proxy, "push")
            _run("first pull", two, proxy, "pull")
            for name, home in (("one", one), ("two", two)):
                for command in ("push", "pull"):
                    _run(f"nothing new: {command} on {name}", home, proxy, command)
            _run("verify, nothing remembered", two, proxy, "verify")
            _tamper(two / ".cache/ai-usage/remote/one.bin", count // 2)
            _run("one changed record in the cache", two, proxy, "pull")
            _tamper(server.database, count // 2)
            _run("one changed record on the server", one, proxy, "push")
            print(
                f"server: peak {_peak_mb(server.process.pid)} MB, {server.database.stat().st_size / count:.0f} bytes"
            )
    return 0


def _home(path: Path, proxy: RunningProxy) -> Path:
    secrets = path / ".secrets" / "ai-usage.yaml"
    secrets.parent.mkdir(parents=True)
    secrets.touch(mode=0o600)
    secrets.write_text(
        f'sync:\n  enabled: true\n  server_url: "{proxy.url}"\n  token: "{TOKEN}"\n  machine_id: "{path.name}"\n'
        "  request_timeout_seconds: 60\n"
    )
    return path


def _fill(path: Path, count: int) -> None:
    """Write records over a year into a ledger, as ingest would."""
    batch: list[UsageRecord] = []
    with Ledger.open(path) as ledger:
        for record in _records(count):
            batch.append(record)
            if len(batch) == _AT_ONCE:
                _write(ledger, batch)
                batch.clear()
        _write(ledger, batch)


def _write(ledger: Ledger, batch: list[UsageRecord]) -> None:
    with ledger.writing(lambda _: Project("shop", "ab" * 32)) as writing:
        writing.records.write(batch, [key_hash(each.vendor, each.dedup_key) for each in batch], 1)


def _records(count: int) -> Iterator[UsageRecord]:
    start = time.time_ns() // 1000 - 365 * DAY
    for number in range(count):
        instant = start + number * (364 * DAY // count)
        yield UsageRecord(
            "claude",
            f"claude:message:msg_{number:024x}",
            instant,
            instant,
            instant + 4_000_000,
            "claude-opus-4-6",
            input_tokens=number % 3000,
            cache_read_input_tokens=number % 90_000,
            cache_creation_5m_input_tokens=number % 500,
            output_tokens=number % 997 + 1,
            session_id=f"session-{number // 200}",
            cwd="/home/ada/shop",
        )


def _run(what: str, home: Path, proxy: RunningProxy, command: str) -> None:
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "SSL_CERT_FILE": str(proxy.root_certificate)}
    words = [str(PROGRAMS / "ai-usage"), "sync", command]
    began = time.monotonic()
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - began
    own = spent.ru_utime + spent.ru_stime
    print(
        f"{what:34} {took:7.2f} s  {own:6.2f} s own  {spent.ru_maxrss // 1024:4} MB  exit {process.returncode}",
        flush=True,
    )


def _tamper(path: Path, offset: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE records SET output_tokens = output_tokens + 1"
            " WHERE rowid = (SELECT rowid FROM records LIMIT 1 OFFSET ?)",
            (offset,),
        )


def _peak_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    sys.exit(main())
