"""Admission of requests: token, delay of failures, client identity, one log line, and exact errors."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_usage.errors import LedgerBusy, LedgerDamaged, LedgerError, LedgerFull, LedgerReplaced
from ai_usage.server.auth import Proxies, SlowDown, identity_fault, token_matches
from ai_usage.server.refusal import Refused, later
from ai_usage.server.settings import Settings
from ai_usage.wire.messages import CLIENT_HEADER

OPEN_PATHS = frozenset(("/v1/health", "/v1/openapi.json"))
_BUSY_RETRY_S = 10
_DATABASE_RETRY_S = 30
PERSON_RETRY_S = 600
"""A full disk or a damaged database needs a person: a client reports it and ends instead of waiting."""


@dataclass(slots=True)
class RequestNote:
    """Fields that the routes add to a request's log line."""

    host: str | None = None
    records: int | None = None


class Gate:
    """An ASGI middleware that admits authorised requests and turns all errors into answers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._token = settings.shared_token
        self._allowed = settings.allowed_hosts
        self._proxies = Proxies(settings.trusted_proxies)
        self._address_header = settings.client_address_header
        self._slow_down = SlowDown()
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        note = scope["ai_usage.note"] = RequestNote()
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope["client"] else ""
        address = self._proxies.client_address(peer, headers.getlist(self._address_header))
        started, status = time.perf_counter(), 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            try:
                await self._admit(scope, headers, address, note)
                await self._app(scope, receive, send_noting)
            except Refused as refused:
                await refused.response()(scope, receive, send_noting)
            except LedgerError as error:
                self._log.error("database", reason=str(error), cause=repr(error.__cause__))
                await _unusable(error).response()(scope, receive, send_noting)
        except ClientDisconnect:
            pass  # there is no client to answer; the line below records the request
        except Exception:  # noqa: BLE001  # the outermost error boundary
            self._log.exception("unexpected error")
            if not status:
                await Refused(500, "internal error").response()(scope, receive, send_noting)
        self._write_line(scope, status, note, address, time.perf_counter() - started)

    async def _admit(self, scope: Scope, headers: Headers, address: str, note: RequestNote) -> None:
        if scope["path"] in OPEN_PATHS:
            return
        if not token_matches(headers.get("authorization"), self._token):
            delay = self._slow_down.delay_s(address, time.monotonic())
            if delay is None:
                raise later(
                    429, "too many failures", self._slow_down.retry_after_s(address, time.monotonic())
                )
            await asyncio.sleep(delay)
            raise Refused(401, headers={"www-authenticate": "Bearer"})
        client = headers.get(CLIENT_HEADER)
        fault = identity_fault(client, self._allowed)
        if fault is not None:
            raise Refused(*fault)
        note.host = client

    def _write_line(self, scope: Scope, status: int, note: RequestNote, address: str, seconds: float) -> None:
        line: dict[str, object] = {
            "method": scope["method"],
            "path": scope["raw_path"].decode("ascii", "replace"),
            "status": status or "cut off",
        }
        if note.host is not None:
            line["host"] = note.host
        if note.records is not None:
            line["records"] = note.records
        line["ms"] = round(seconds * 1000, 1)
        if status >= 500:
            self._log.error("request", **line)
        elif status in (0, 401, 403, 429):
            self._log.warning("request", **line, address=address)
        else:
            self._log.info("request", **line)


def _unusable(error: LedgerError) -> Refused:
    """Say that the database cannot be used, and when to come back."""
    match error:
        case LedgerFull():
            return later(503, "the server's disk is full; free some space there", PERSON_RETRY_S)
        case LedgerDamaged():
            text = "the server's database is damaged; run there: ai-usage-server verify --repair"
            return later(503, text, PERSON_RETRY_S)
        case LedgerBusy():
            return later(503, "the server's database is busy", _BUSY_RETRY_S)
        case LedgerReplaced():
            text = "the server cannot use its database; its log says why"
            return later(503, text, PERSON_RETRY_S)
        case _:
            return later(503, "the server cannot use its database now; its log says why", _DATABASE_RETRY_S)
