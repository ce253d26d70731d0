"""`python -m bench.sync_server`: what the sync server takes, alone on loopback, without a proxy.

Bars: 40,000 new records a second in batches of 1,000; 220 bytes a record on disk; 150 MB; 50 clients at once, each
100 records a second, 99 of 100 answers within 500 ms.
"""

import argparse
import asyncio
import http.client
import random
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ai_usage.usage.instant import to_text
from ai_usage.wire.canonical import canonical_bytes
from ai_usage.wire.record import WireRecord
from tests.servers import TOKEN, RunningServer, running_server

BATCH = 1000
CLIENTS = 50
FIRST = 1_740_000_000_000_000
MODELS = ("claude-opus-4-6", "claude-sonnet-4-5", "gpt-5.5")


def main() -> None:
    """Measure and print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--seconds", type=int, default=20, help="how long the 50 clients go on")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sync-server-") as folder:
        with running_server(Path(folder) / "bulk") as server:
            measure_bulk(server, args.records)
        with running_server(Path(folder) / "many") as server:
            asyncio.run(measure_many(server, args.seconds))


def measure_bulk(server: RunningServer, count: int) -> None:
    """Upload, upload again, ask for days, and pull everything, over one connection."""
    connection = http.client.HTTPConnection(server.address)
    batches: list[bytes] = []
    spent = 0.0
    for body in bodies("workstation-home", count):
        batches = [*batches[-49:], body]
        began = time.perf_counter()
        ask(connection, "POST", "/v1/upload", body)
        spent += time.perf_counter() - began
    print(
        f"new records a second        {count / spent:10,.0f}   (server's CPU: {count / cpu_s(server):,.0f})"
    )
    began = time.perf_counter()
    for body in batches:
        ask(connection, "POST", "/v1/upload", body)
    print(f"equal records a second      {len(batches) * BATCH / (time.perf_counter() - began):10,.0f}")
    for name in ("days, computed", "days, remembered"):
        began = time.perf_counter()
        ask(connection, "GET", "/v1/integrity/days?host_id=workstation-home")
        print(f"{name:27} {(time.perf_counter() - began) * 1000:10,.1f} ms")
    began, cursor, more = time.perf_counter(), 0, True
    while more:
        page = ask(connection, "GET", f"/v1/pull?after_seq={cursor}&supported_vendors=*")
        found = re.search(rb'"max_seq":(\d+),"truncated":(true|false)', page[-200:])
        assert found is not None
        cursor, more = int(found[1]), found[2] == b"true"
    print(f"pulled records a second     {count / (time.perf_counter() - began):10,.0f}")
    print(f"peak memory                 {peak_kib(server) / 1024:10,.0f} MiB")
    server.stop()
    print(f"bytes a record on disk      {server.database.stat().st_size / count:10,.1f}")


async def measure_many(server: RunningServer, seconds: int) -> None:
    """Let 50 clients upload 100 records a second each."""
    waits: list[float] = []
    refused: list[bytes] = []
    end = time.monotonic() + seconds

    async def client(number: int) -> None:
        host, port = server.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        await asyncio.sleep(number / CLIENTS)
        for body in bodies(f"machine-{number}", 100 * seconds, 100):
            began = time.monotonic()
            writer.write(head(f"machine-{number}", len(body)) + body)
            answer = await reader.readuntil(b"}")
            waits.append(time.monotonic() - began)
            refused.extend([answer] * (b" 200 " not in answer[:15]))
            await asyncio.sleep(max(0.0, 1 - (time.monotonic() - began)))
            if time.monotonic() > end:
                break
        writer.close()

    await asyncio.gather(*map(client, range(CLIENTS)))
    waits.sort()
    print(f"{CLIENTS} clients, p50            {waits[len(waits) // 2] * 1000:10,.1f} ms")
    print(f"{CLIENTS} clients, p99            {waits[len(waits) * 99 // 100] * 1000:10,.1f} ms")
    print(f"{CLIENTS} clients, refused        {len(refused):10,} of {len(waits):,}")


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


def head(host: str, length: int) -> bytes:
    """Spell the head of an upload."""
    lines = (
        "POST /v1/upload HTTP/1.1",
        "host: x",
        f"authorization: Bearer {TOKEN}",
        f"x-ai-usage-client: {host}",
    )
    return "\r\n".join((*lines, f"content-length: {length}", "", "")).encode()


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
    main()
