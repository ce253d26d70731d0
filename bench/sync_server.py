"""`python -m bench.sync_server`: what the sync server takes on this machine.

First alone on loopback, without a proxy, one client that waits for each answer; then 50 machines at once through a
proxy with TLS. Bars: 40,000 new records a second in batches of 1,000; 220 bytes a record on disk; 150 MB; 25 ms for
the day digest of one changed day; 50 machines at once with 100 records each, every second for a minute: nothing lost,
no failure, 99 of 100 answers within 500 ms.
"""

import argparse
import http.client
import os
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ai_usage.usage.instant import to_text
from ai_usage.wire.canonical import canonical_bytes
from ai_usage.wire.record import WireRecord
from bench.crowd import AT_ONCE, MACHINES, measure_crowd
from tests.servers import TOKEN, RunningServer, running_server

BATCH = 1000
FIRST = 1_740_000_000_000_000
MODELS = ("claude-opus-4-6", "claude-sonnet-4-5", "gpt-5.5")
HOST = "workstation-home"


def main() -> int:
    """Measure and print one line a figure; 0 if nothing failed and nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=60, help="how long the 50 machines go on")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sync-server-") as folder:
        if args.records:
            with running_server(Path(folder) / "bulk") as server:
                measure_bulk(server, args.records)
        whole = not args.seconds or show_crowd(Path(folder), args.seconds)
    print(f"load {', '.join(f'{value:.1f}' for value in os.getloadavg())}; {os.cpu_count()} cores")
    return 0 if whole else 1


def measure_bulk(server: RunningServer, count: int) -> None:
    """Upload, upload again, ask for days, and pull everything, over one connection."""
    connection = http.client.HTTPConnection(server.address)
    batches: list[bytes] = []
    spent, before_s = 0.0, cpu_s(server)
    for body in bodies(HOST, count):
        batches = [*batches[-49:], body]
        began = time.perf_counter()
        ask(connection, "POST", "/v1/upload", body)
        spent += time.perf_counter() - began
    show(
        "new records a second",
        count / spent,
        f"  (of the server's CPU: {count / (cpu_s(server) - before_s):,.0f})",
    )
    began = time.perf_counter()
    for body in batches:
        ask(connection, "POST", "/v1/upload", body)
    show("equal records a second", len(batches) * BATCH / (time.perf_counter() - began))
    for name in ("all days, computed, ms", "all days, remembered, ms"):
        show(name, days_ms(connection))
    changed: list[float] = []
    for position in range(7, count, count // 9):
        change_one(server, position)
        changed.append(days_ms(connection))
    show(
        "one changed day, ms",
        statistics.median(changed),
        f"  (the slowest of {len(changed)}: {max(changed):.1f})",
    )
    began, cursor, more = time.perf_counter(), 0, True
    while more:
        page = ask(connection, "GET", f"/v1/pull?after_seq={cursor}&supported_vendors=*")
        found = re.search(rb'"max_seq":(\d+),"truncated":(true|false)', page[-200:])
        assert found is not None
        cursor, more = int(found[1]), found[2] == b"true"
    show("pulled records a second", count / (time.perf_counter() - began))
    show("peak memory, MiB", peak_kib(server) / 1024)
    server.stop()
    show("bytes a record on disk", server.database.stat().st_size / count)


def show_crowd(folder: Path, seconds: int) -> bool:
    """Let 50 machines upload 100 records a second each; say whether all went well."""
    made = {
        machine: [
            [record(machine, start + number) for number in range(AT_ONCE)]
            for start in range(0, seconds * AT_ONCE, AT_ONCE)
        ]
        for machine in (f"machine-{number}" for number in range(MACHINES))
    }
    outcome = measure_crowd(folder, made)
    for name, share in (("p50", 0.5), ("p99", 0.99), ("slowest", 1 - 1e-9)):
        show(f"{MACHINES} machines, {name}, ms", outcome.percentile_ms(share))
    show(f"{MACHINES} machines, told to wait", outcome.told_to_wait, f"  of {len(outcome.waits_s):,}")
    show(f"{MACHINES} machines, failures", outcome.failures.total(), f"  {dict(outcome.failures) or ''}")
    show("machines that lost something", outcome.lost)
    return not outcome.failures and not outcome.lost


def show(name: str, value: float, more: str = "") -> None:
    """Print a figure."""
    print(f"{name:30} {value:10,.{0 if value >= 1000 or value == int(value) else 1}f}{more}", flush=True)


def bodies(host: str, count: int, size: int = BATCH) -> Iterator[bytes]:
    """Spell batches of records that are new, half a minute apart."""
    for start in range(0, count, size):
        yield b"\n".join(canonical_bytes(record(host, start + number)) for number in range(size))


def record(host: str, number: int) -> WireRecord:
    """Make a record as Claude Code's logs give it."""
    at = FIRST + number * 31_234_567
    text = to_text(at)
    return WireRecord(
        schema_version=1,
        host_id=host,
        vendor="claude",
        dedup_key=f"claude:message:msg_01{random.getrandbits(88):022x}",
        timestamp=text,
        session_start_time=text,
        session_end_time=to_text(at + 2_345_678),
        model=random.choice(MODELS),
        effort=None,
        fast_tier=0,
        input_tokens=random.randint(0, 100),
        output_tokens=random.randint(0, 5000),
        cache_read_input_tokens=random.randint(0, 200_000),
        cache_creation_input_tokens=300,
        cache_creation_5m_input_tokens=300,
        cache_creation_1h_input_tokens=0,
        reasoning_output_tokens=random.randint(0, 1000),
        cost_input=None,
        cost_output=None,
        cost_cache_read=None,
        cost_cache_creation=None,
        project_path_sha256=f"{random.randint(0, 30):064x}",
    )


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None) -> bytes:
    """Send one request over an open connection and return its answer's body."""
    connection.request(method, path, body, {"authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse()
    said = answer.read()
    assert answer.status == 200, said
    return said


def days_ms(connection: http.client.HTTPConnection) -> float:
    """Ask for all days of the host and return how many milliseconds the answer took."""
    began = time.perf_counter()
    ask(connection, "GET", f"/v1/integrity/days?host_id={HOST}")
    return (time.perf_counter() - began) * 1000


def change_one(server: RunningServer, position: int) -> None:
    """Change one record with another program, so that its day must be computed again."""
    with closing(sqlite3.connect(server.database, timeout=30)) as db, db:
        db.execute("UPDATE records SET output_tokens = output_tokens + 1 WHERE seq = ?", (position,))


def cpu_s(server: RunningServer) -> float:
    """Return the seconds of processor time that the server has used."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().split()
    return (int(fields[13]) + int(fields[14])) / 100


def peak_kib(server: RunningServer) -> int:
    """Return the most memory that the server has held."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    sys.exit(main())
