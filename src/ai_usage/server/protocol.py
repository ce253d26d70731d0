"""The server's HTTP: uvicorn's protocol with strict framing, one answer per request, and time limits.

It overrides internals of uvicorn, so pyproject.toml caps uvicorn's version and a test notices when they change.
"""

import asyncio
from typing import Any, ClassVar, Final

import httptools
import structlog
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from ai_usage.server.connections import Connections
from ai_usage.server.framing import head_fault

_MOST_WAITING: Final = 100
"""The most requests that a peer may send before it has the answer to the first; each takes memory."""
_MALFORMED: Final = "malformed HTTP request"
_OVERFLOW: Final = "Content-Length overflow"
"""The parser's message about a length of more than 64 bits."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    A request that cannot be framed is answered once, after the requests before it, and later bytes are not read.
    """

    admission: ClassVar[Connections | None] = None
    """Counts the connections of all addresses; None: without limit."""
    head_timeout_s: float = 10.0
    """For the request line and the headers, from the first byte; also for a connection on which no byte comes."""
    body_timeout_s: float = 60.0
    """For the whole body."""
    linger_s: float = 2.0
    """For the rest of a body that is answered before it was read: a peer that still sends can read the answer."""
    drain_timeout_s: float = 60.0
    """For a peer that does not read its answer."""
    head_bytes: int = 65_536

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._log = structlog.get_logger()
        self._reading: asyncio.TimerHandle | None = None
        self._draining: asyncio.TimerHandle | None = None
        self._in_head = True
        self._in_body = False
        self._head_size = 0
        self._running: RequestResponseCycle | None = None
        self._fault: str | None = None
        self._refusal: bytes | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start the clock of the first request, unless this connection exceeds the limit."""
        super().connection_made(transport)
        self._allow(self.head_timeout_s)
        if self.admission is not None and not self.admission.admit(self._peer()):
            self._refusal = _answer(503, "too many connections", b"retry-after: 5\r\n")
            transport.write(self._refusal)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks, and drop the requests of a disconnected peer."""
        for timer in (self._reading, self._draining):
            if timer is not None:
                timer.cancel()
        if self.admission is not None:
            self.admission.release(self._peer())
        self.pipeline.clear()
        if self._running is not None:
            _disconnect(self._running)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Start the clock with the first byte of a request, bound its head, and parse."""
        if self._refusal is not None:
            return
        if self._in_head:
            if self._reading is None:
                self._allow(self.head_timeout_s)
            self._head_size += len(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            status = 413 if str(error) == _OVERFLOW else 400
            self._refuse(
                status, self._fault or ("body exceeds max_body_bytes" if status == 413 else _MALFORMED)
            )
        except httptools.HttpParserUpgrade:
            self._refuse(400, _MALFORMED)
        if self._refusal is None and self._in_head and self._head_size > self.head_bytes:
            self._cut_off()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Accept a header of the head; a trailer would add to headers that were already checked.

        Raises:
            ValueError: it is a trailer; the parser stops.
        """
        if self._in_body:
            self._fault = "trailers are not supported"
            raise ValueError(self._fault)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Refuse a request that its head does not frame, else go over to the clock of the body.

        Raises:
            ValueError: it is refused; the parser stops.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version()
        self._fault = head_fault(method, version, self.url, self.headers)
        if self._fault is None and self.parser.should_upgrade():
            self._fault = _MALFORMED
        if len(self.pipeline) >= _MOST_WAITING:
            self._fault = "too many requests at once on one connection"
        if self._fault is not None:
            raise ValueError(self._fault)
        super().on_headers_complete()
        self._in_head, self._in_body = False, True
        self._allow(self.body_timeout_s)

    def on_message_complete(self) -> None:
        """Stop the clock: the rest is the server's time."""
        self._in_head, self._in_body = True, False
        self._head_size = 0
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Bound the wait for a body that was answered before its end, and send a refusal when its turn has come."""
        super().on_response_complete()
        if self._refusal is None and self._in_body and self.cycle.response_complete:
            if self.expect_100_continue:  # the peer may send its next request instead of the body
                self._refusal = b""
            else:
                self._allow(self.linger_s)
        if self._refusal is not None:
            self._close_refused()

    def pause_writing(self) -> None:
        """Start the clock of a peer that does not read its answer."""
        super().pause_writing()
        self._draining = self.loop.call_later(self.drain_timeout_s, self._cut_off)

    def resume_writing(self) -> None:
        """Stop the clock: the peer has read most of the answer."""
        super().resume_writing()
        if self._draining is not None:
            self._draining.cancel()
            self._draining = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _refuse(self, status: int, text: str) -> None:
        """Answer what came with a refusal, in its turn, and end the connection."""
        self._log.warning("request refused", status=status, reason=text, address=self._peer())
        self._refusal = _answer(status, text)
        if self._in_body:  # the head was fine, so the request has a cycle
            if self.cycle.response_started:
                self._refusal = b""
            elif self.pipeline and self.pipeline[0][0] is self.cycle:
                self.pipeline.popleft()
            if not self.cycle.response_complete:
                _disconnect(self.cycle)
        self._close_refused()

    def _close_refused(self) -> None:
        """Send the refusal unless requests before it still run, and let the peer read it."""
        assert self._refusal is not None
        busy = self._running is not None and not (
            self._running.response_complete or self._running.disconnected
        )
        if self.pipeline or busy or self.transport.is_closing():
            return
        self.transport.write(self._refusal)
        self.transport.write_eof()
        self.flow.resume_reading()  # closing over unread bytes would take the answer back
        self._allow(self.linger_s)

    def _allow(self, seconds: float) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self.loop.call_later(seconds, self._cut_off)

    def _cut_off(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _peer(self) -> str:
        return self.client[0] if self.client else ""


def limited(connections: Connections) -> type[BoundedProtocol]:
    """Return the protocol with a count of connections."""

    class _Limited(BoundedProtocol):
        admission = connections

    return _Limited


def _disconnect(cycle: RequestResponseCycle) -> None:
    cycle.disconnected = True
    cycle.message_event.set()


def _answer(status: int, text: str, more: bytes = b"") -> bytes:
    head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n" % len(text)
    return STATUS_LINE[status] + head + more + b"connection: close\r\n\r\n" + text.encode("ascii")
