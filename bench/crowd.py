"""Many machines at once: each uploads a small batch every second, through a proxy with TLS; nothing may be lost."""

import asyncio
import ssl
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from ai_usage.wire.canonical import canonical_bytes
from ai_usage.wire.digest import day_digest, record_hash
from ai_usage.wire.record import WireRecord
from tests.servers import TOKEN, running_proxy, running_server, trusting

MACHINES = 50
AT_ONCE = 100
_HONEST = (429, 503)


@dataclass
class Outcome:
    """What a crowd met with."""

    waits_s: list[float] = field(default_factory=list)
    """From the first byte of an upload to the last of its answer; also for those that were told to come back."""
    told_to_wait: int = 0
    """Answers 429 and 503 with a `Retry-After`; the same batch was sent again."""
    failures: Counter[str] = field(default_factory=Counter)
    """Everything else that is not a 200."""
    lost: int = 0
    """Machines whose days on the server are not those of what they sent."""

    def percentile_ms(self, share: float) -> float:
        """Return how long the slowest of a share of the uploads took."""
        return sorted(self.waits_s)[int(len(self.waits_s) * share)] * 1000


def measure_crowd(folder: Path, batches: dict[str, list[list[WireRecord]]]) -> Outcome:
    """Run a server and its proxy, let each machine upload one batch a second, all at the same instant, and compare."""
    with running_server(folder / "crowd") as server, running_proxy(folder / "proxy", server.address) as proxy:
        tls = trusting(proxy.root_certificate)
        outcome = asyncio.run(_upload_all(proxy.url, tls, batches))
        headers = {"authorization": f"Bearer {TOKEN}"}
        with httpx2.Client(base_url=proxy.url, headers=headers, verify=tls, timeout=60) as client:
            for machine, sent in batches.items():
                held = client.get("/v1/integrity/days", params={"host_id": machine}).json()["days"]
                outcome.lost += held != _days(sent)
    return outcome


async def _upload_all(url: str, tls: ssl.SSLContext, batches: dict[str, list[list[WireRecord]]]) -> Outcome:
    outcome = Outcome()
    requests = {machine: [_request(machine, batch) for batch in each] for machine, each in batches.items()}
    begin = time.monotonic() + 1
    await asyncio.gather(*(_machine(url, tls, each, begin, outcome) for each in requests.values()))
    return outcome


async def _machine(
    url: str, tls: ssl.SSLContext, requests: Sequence[bytes], begin: float, outcome: Outcome
) -> None:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, ssl=tls)
    for second, request in enumerate(requests):
        await asyncio.sleep(begin + second - time.monotonic())
        while True:
            sent = time.monotonic()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in head.split("\r\n"))
            }
            await reader.readexactly(int(fields["content-length"]))
            outcome.waits_s.append(time.monotonic() - sent)
            status, again = int(head.split(" ", 2)[1]), fields.get("retry-after", "")
            if status not in _HONEST or not again.isdecimal():
                break
            outcome.told_to_wait += 1
            await asyncio.sleep(int(again))
        if status != 200:
            outcome.failures[f"{status}, Retry-After {again or 'missing'}"] += 1
    writer.close()
    await writer.wait_closed()


def _request(machine: str, batch: list[WireRecord]) -> bytes:
    body = b"\n".join(map(canonical_bytes, batch))
    lines = (
        "POST /v1/upload HTTP/1.1",
        "host: localhost",
        f"authorization: Bearer {TOKEN}",
        f"x-ai-usage-client: {machine}",
        f"content-length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def _days(batches: list[list[WireRecord]]) -> list[dict[str, object]]:
    """Digest the days of what a machine sent, as the server is to hold them."""
    by_day: defaultdict[str, list[tuple[str, str, bytes]]] = defaultdict(list)
    for batch in batches:
        for record in batch:
            by_day[record.timestamp[:10]].append((record.vendor, record.dedup_key, record_hash(record)))
    return [
        {"day": day, "record_count": len(held), "digest_sha256": day_digest(each[2] for each in sorted(held))}
        for day, held in sorted(by_day.items())
    ]
