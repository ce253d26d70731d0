"""The endpoints: each turns a request into one call and its result into an answer."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ai_usage import __version__
from ai_usage.errors import LedgerReplaced
from ai_usage.server import integrity, records
from ai_usage.server.access import Access
from ai_usage.server.departure import while_connected
from ai_usage.server.gate import PERSON_RETRY_S, RequestNote
from ai_usage.server.limits import Malformed, TooLarge, UnknownEncoding, read_body
from ai_usage.server.openapi import spell
from ai_usage.server.query import Query
from ai_usage.server.refusal import Refused, later
from ai_usage.server.settings import Settings
from ai_usage.server.storage.database import Database
from ai_usage.server.storage.reading import OtherHistory, Reader
from ai_usage.server.storage.writing import Installation
from ai_usage.wire.digest import DAY_ALGORITHM
from ai_usage.wire.messages import (
    ADOPT_HEADER,
    CLIENT_HEADER,
    FEATURES,
    INSTALLATION_HEADER,
    MAX_PULL_RECORDS,
    DayDigest,
    Days,
    Health,
    Limits,
    Machines,
    ReportAccepted,
    Reports,
    UploadAnswer,
)

UPLOADS_AT_ONCE: Final = 64
"""The most uploads that are being read or wait for the writer; further ones must try again later."""
DECODED_AT_ONCE: Final = 2
"""One batch is decoded while another is written; all others wait as bytes, which are smaller."""


def _now() -> int:
    return time.time_ns() // 1000


class Api:
    """The endpoints over one database."""

    def __init__(self, settings: Settings, database: Database, access: Access) -> None:
        self._settings = settings
        self._allowed = None if settings.allowed_hosts is None else frozenset(settings.allowed_hosts)
        self._database = database
        self._access = access
        self._started = time.monotonic()
        self._decoded = asyncio.Semaphore(DECODED_AT_ONCE)
        self._uploads = 0
        self._openapi = spell().encode()

    def routes(self) -> list[Route]:
        """Return the endpoints with their paths."""
        return [
            Route("/v1/health", self.health, methods=["GET"]),
            Route("/v1/upload", self.upload, methods=["POST"]),
            Route("/v1/pull", self.pull, methods=["GET"]),
            Route("/v1/machines", self.machines, methods=["GET"]),
            Route("/v1/integrity/report", self.submit_report, methods=["POST"]),
            Route("/v1/integrity/reports", self.reports, methods=["GET"]),
            Route("/v1/integrity/days", self.days, methods=["GET"]),
            Route("/v1/openapi.json", self.openapi, methods=["GET"]),
        ]

    async def health(self, _: Request) -> Response:
        """Return the server's identity, version and features."""
        limits = Limits(self._settings.max_body_bytes, self._settings.max_batch_records, MAX_PULL_RECORDS)
        uptime = int(time.monotonic() - self._started)
        ok = True
        try:
            self._database.check()
        except LedgerReplaced as error:
            structlog.get_logger().error("database", reason=str(error))
            ok = False
        health = Health(ok, __version__, 1, uptime, self._database.instance_id, FEATURES, limits)
        if ok:
            return _json(health)
        return _json(health, 503, {"retry-after": str(PERSON_RETRY_S)})

    async def openapi(self, _: Request) -> Response:
        """Describe the endpoints."""
        return Response(self._openapi, media_type="application/json")

    async def upload(self, request: Request) -> Response:
        """Store a batch."""
        installation = _installation(request)
        client = request.headers.get(CLIENT_HEADER)
        note = _note(request)
        with self._upload_slot():
            body = await self._body(request)
            return _json(await while_connected(request, self._store(body, client, installation, note)))

    async def _store(
        self, body: bytes, client: str | None, installation: Installation | None, note: RequestNote
    ) -> UploadAnswer:
        asked = time.monotonic()
        async with self._decoded:
            self._access.check_turn(asked)
            batch = await self._access.decode(
                lambda: records.read_batch(body, self._settings.max_batch_records, client, self._allowed)
            )
            note.records = len(batch)
            if batch:
                note.host = batch[0].record.host_id
            return await self._access.write(lambda writer: writer.upload(batch, installation, _now()), asked)

    async def submit_report(self, request: Request) -> Response:
        """Keep a machine's report."""
        installation = _installation(request)
        body = await self._body(request)
        report = integrity.read_report(body, request.headers.get(CLIENT_HEADER), self._allowed)
        _note(request).host = report.host_id
        await while_connected(
            request, self._access.write(lambda writer: writer.keep_report(report, installation, _now()))
        )
        return _json(ReportAccepted(True))

    async def pull(self, request: Request) -> Response:
        """Return a page of records."""
        query = records.read_pull(_query(request), self._allowed)
        note = _note(request)

        def fetch(reader: Reader) -> bytes:
            page = reader.pull(query, self._database.epoch)
            note.records = len(page.records)
            return msgspec.json.encode(page)

        try:
            page = await while_connected(request, self._access.read(fetch))
        except OtherHistory as error:
            raise Refused(409, "cursor belongs to another history") from error
        return Response(page, media_type="application/json")

    async def machines(self, request: Request) -> Response:
        """List the machines."""
        listing = self._access.read(lambda reader: reader.machines(self._allowed))
        return _json(Machines(await while_connected(request, listing)))

    async def reports(self, request: Request) -> Response:
        """List the reports."""
        listing = self._access.read(lambda reader: reader.reports(self._allowed))
        return _json(Reports(await while_connected(request, listing)))

    async def days(self, request: Request) -> Response:
        """List the days of a machine."""
        host_id, before = integrity.read_days_query(_query(request))
        if self._allowed is not None and host_id not in self._allowed:
            return _json(Days(host_id, DAY_ALGORITHM, []))
        days = await while_connected(request, self._current_days(host_id, before))
        return _json(Days(host_id, DAY_ALGORITHM, days))

    async def _current_days(self, host_id: str, before: int | None) -> list[DayDigest]:
        while await self._access.remember_days(host_id):
            pass
        return await self._access.read(lambda reader: reader.days(host_id, before))

    async def _body(self, request: Request) -> bytes:
        headers = request.headers
        try:
            return await read_body(
                request.stream(),
                headers.get("content-encoding"),
                headers.get("content-length"),
                self._settings.max_body_bytes,
            )
        except TooLarge as error:
            raise Refused(413, "body exceeds max_body_bytes") from error
        except UnknownEncoding as error:
            raise Refused(415, "content-encoding must be gzip or zstd") from error
        except Malformed as error:
            raise Refused(400, "body cannot be unpacked") from error

    @contextmanager
    def _upload_slot(self) -> Iterator[None]:
        if self._uploads >= UPLOADS_AT_ONCE:
            raise later(503, "too many uploads at once", 1)
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1
            self._access.last_upload = time.monotonic()


def _installation(request: Request) -> Installation | None:
    return integrity.read_installation(
        request.headers.get(INSTALLATION_HEADER), request.headers.get(ADOPT_HEADER)
    )


def _note(request: Request) -> RequestNote:
    note: RequestNote = request.scope["ai_usage.note"]
    return note


def _query(request: Request) -> Query:
    return Query.parse(request.scope["query_string"])


def _json(
    message: msgspec.Struct, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    return Response(msgspec.json.encode(message), status, headers, media_type="application/json")
