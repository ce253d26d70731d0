"""Servers that are not as they should be: answers written by hand, or a real server's answers, changed."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from ai_usage.sync.plan import KNOWN_TO_OLD_SERVERS

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: "Mask"
    body = b""

    def do_GET(self) -> None:
        """Answer as the test says."""
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.seen.append((self.command, urlsplit(self.path).path))
        self.server.answer(self)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Keep the log of requests quiet."""

    def say(self, status: int, body: bytes, **headers: str) -> None:
        """Answer in one piece."""
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Mask(ThreadingHTTPServer):
    """Answers every request by one function."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.seen: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


@contextmanager
def masked(answer: Answer) -> Iterator[Mask]:
    """Serve while the block lasts."""
    with Mask(answer) as mask:
        thread = threading.Thread(target=mask.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield mask
        finally:
            mask.shutdown()
            thread.join()


HEALTHY = {"ok": True, "version": "4.0.0", "schema_version": 1, "uptime_seconds": 1, "instance_id": "ab" * 32}


def say_json(handler: Handler, document: object, status: int = 200) -> None:
    """Answer with a document."""
    handler.say(status, json.dumps(document).encode(), content_type="application/json")


def pass_on(handler: Handler, upstream: str, path: str | None = None) -> tuple[int, bytes]:
    """Ask the real server the same, and return its status and body."""
    answer = httpx2.request(
        handler.command,
        upstream + (path or handler.path),
        content=handler.body,
        headers={
            name: value
            for name, value in handler.headers.items()
            if name.lower() not in ("host", "content-length")
        },
        timeout=30,
    )
    return answer.status_code, answer.content


def as_read_without_decoding(raw: str) -> tuple[list[tuple[str, str]], bytes]:
    """Read a pull's query as the older program's servers do: nothing is percent-decoded, unknown keys are ignored.

    Returns:
        The pairs that they know, and what they answer with status 400, empty if nothing is wrong.
    """
    known = ("after_seq", "limit", "exclude_host", "supported_vendors")
    pairs = [
        (key, value) for key, _, value in (pair.partition("=") for pair in raw.split("&")) if key in known
    ]
    vendors = [vendor for key, value in pairs if key == "supported_vendors" for vendor in value.split(",")]
    if not set(vendors) <= set(KNOWN_TO_OLD_SERVERS):
        return pairs, b"supported_vendors contains invalid vendor"
    if not any(key == "after_seq" for key, _ in pairs):
        return pairs, b"after_seq is required"
    if not all(value.isdecimal() for key, value in pairs if key in ("after_seq", "limit")):
        return pairs, b"after_seq must be an integer"
    return pairs, b""


def as_old(upstream: str, *, integrity: bool = False, vendors: tuple[str, ...] = ()) -> Answer:
    """Make a real server look as the first ones did: no features, no days, no filters, no epochs, few vendors."""

    def answer(handler: Handler) -> None:
        parts = urlsplit(handler.path)
        if parts.path == "/v1/health":
            status, body = pass_on(handler, upstream)
            known = json.loads(body)
            say_json(handler, {key: known[key] for key in HEALTHY})
            return
        if parts.path == "/v1/integrity/days" or (parts.path.startswith("/v1/integrity") and not integrity):
            handler.say(404, b"not found")
            return
        if parts.path == "/v1/upload" and vendors:
            lines = handler.body.splitlines()
            for number, line in enumerate(lines, 1):
                if json.loads(line)["vendor"] not in vendors:
                    handler.say(400, f"line {number}: invalid vendor".encode())
                    return
        query, fault = as_read_without_decoding(parts.query)
        if parts.path == "/v1/pull" and fault:
            handler.say(400, fault)
            return
        status, body = pass_on(handler, upstream, f"{parts.path}?{urlencode(query)}" if query else None)
        if parts.path == "/v1/integrity/reports":
            document = json.loads(body)
            for report in document["reports"]:
                report.pop("stale", None)
            body = json.dumps(document).encode()
        handler.say(status, body)

    return answer
