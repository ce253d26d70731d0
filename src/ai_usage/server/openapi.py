"""The OpenAPI document, built from the messages that the routes send and read."""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ai_usage.wire.messages import (
    ADOPT_HEADER,
    CLIENT_HEADER,
    INSTALLATION_HEADER,
    MAX_PULL_RECORDS,
    Days,
    Health,
    Machines,
    PullPage,
    Report,
    ReportAccepted,
    Reports,
    UploadAnswer,
)
from ai_usage.wire.record import HOST_ID, MAX_INTEGER, SHA256, WireRecord

_Json = dict[str, Any]

_TEXTS: Final = {
    400: "The problem with the request, in one line",
    401: "The token is missing or wrong; no body",
    403: "`host_id is not allowed`",
    409: "`host_id belongs to another installation`",
    413: "The body is larger than `max_body_bytes`, packed or unpacked",
    415: "The body is packed neither with gzip nor with zstd",
    429: "Too many wrong tokens from this address",
    503: "The server cannot answer now",
}
_ALWAYS: Final = (400, 401, 403, 429, 503)
_WITH_BODY: Final = (409, 413, 415)


def build() -> _Json:
    """Build the document."""
    answers = (Health, UploadAnswer, PullPage, Machines, ReportAccepted, Reports, Days)
    _, schemas = msgspec.json.schema_components(
        (*answers, Report, WireRecord), ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ai-usage sync server",
            "version": "1",
            "description": "Usage records of one person's machines, and digests that prove that none is missing.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def spell() -> str:
    """Spell the document as it lies in `docs/openapi.json`."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def _paths() -> _Json:
    client, *writing = _HEADERS
    return {
        "/v1/health": {
            "get": {
                "operationId": "health",
                "summary": "The server's identity, version and features",
                "security": [],
                "responses": {"200": _json_answer("Health")},
            }
        },
        "/v1/upload": {
            "post": {
                "operationId": "upload",
                "summary": "Store records in one transaction",
                "parameters": [client, *writing],
                "requestBody": {
                    "required": True,
                    "description": "Records, one per line; blank lines are ignored.",
                    "content": {"application/x-ndjson": {"schema": _ref("WireRecord")}},
                },
                "responses": _responses("UploadAnswer", _WITH_BODY),
            }
        },
        "/v1/pull": {
            "get": {
                "operationId": "pull",
                "summary": "Fetch records in the server's order",
                "parameters": [client, *_PULL_PARAMETERS],
                "responses": _responses("PullPage", (409,), {409: "`cursor belongs to another history`"}),
            }
        },
        "/v1/machines": _listing("machines", "The machines, by host_id", "Machines"),
        "/v1/integrity/report": {
            "post": {
                "operationId": "submitReport",
                "summary": "Send a machine's report on its own records",
                "parameters": [client, *writing],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _ref("Report")}},
                },
                "responses": _responses("ReportAccepted", _WITH_BODY),
            }
        },
        "/v1/integrity/reports": _listing(
            "reports", "The last report of each machine, by host_id", "Reports"
        ),
        "/v1/integrity/days": {
            "get": {
                "operationId": "days",
                "summary": "Count and digest of each UTC day of a machine, from the server's own rows",
                "parameters": [client, *_DAYS_PARAMETERS],
                "responses": _responses("Days"),
            }
        },
        "/v1/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "security": [],
                "responses": {
                    "200": {
                        "description": "Done",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            }
        },
    }


def _listing(operation: str, summary: str, answer: str) -> _Json:
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "parameters": [_HEADERS[0]],
            "responses": _responses(answer),
        }
    }


def _responses(answer: str, more: tuple[int, ...] = (), texts: Mapping[int, str] = _TEXTS) -> _Json:
    refusals = {
        str(status): _text_answer({**_TEXTS, **texts}[status], status) for status in (*_ALWAYS, *more)
    }
    return {"200": _json_answer(answer), **dict(sorted(refusals.items()))}


def _json_answer(schema: str) -> _Json:
    return {"description": "Done", "content": {"application/json": {"schema": _ref(schema)}}}


def _text_answer(description: str, status: int) -> _Json:
    answer: _Json = {"description": description}
    if status != 401:
        answer["content"] = {"text/plain": {"schema": {"type": "string"}}}
    if status in (429, 503):
        answer["headers"] = {
            "Retry-After": {
                "description": "Whole seconds after which to try again",
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return answer


def _ref(name: str) -> _Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(place: str, name: str, schema: _Json, description: str, *, required: bool = False) -> _Json:
    made: _Json = {"name": name, "in": place, "description": description, "schema": schema}
    return made | {"required": True} if required else made


_HOST: Final = {"type": "string", "pattern": f"^{HOST_ID.pattern}$"}
_HEADERS: Final = (
    _parameter("header", CLIENT_HEADER, _HOST, "The machine that asks"),
    _parameter(
        "header",
        INSTALLATION_HEADER,
        {"type": "string", "pattern": f"^{SHA256.pattern}$"},
        "The id of the writing ledger and machine; a host belongs to the first installation that writes for it",
    ),
    _parameter(
        "header",
        ADOPT_HEADER,
        {"type": "string", "enum": ["1"]},
        "Hand the host over to this installation, which has merged the server's records before",
    ),
)
_PULL_PARAMETERS: Final = (
    _parameter(
        "query",
        "after_seq",
        {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER},
        "Only records after this place in the server's order",
        required=True,
    ),
    _parameter(
        "query",
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_PULL_RECORDS, "default": MAX_PULL_RECORDS},
        "At most this many records",
    ),
    _parameter(
        "query",
        "exclude_host",
        {"type": "array", "items": {"type": "string"}},
        "Not these machines",
    ),
    _parameter(
        "query",
        "supported_vendors",
        {"type": "array", "items": {"type": "string"}},
        "Only these vendors, at least one, each value a list with commas; `*`: all; absent: claude, codex, gemini",
    ),
    _parameter("query", "host", _HOST, "Only this machine"),
    _parameter("query", "day", {"type": "string", "format": "date"}, "Only this UTC day"),
    _parameter("query", "epoch", {"type": "string"}, "The epoch of the page that the cursor comes from"),
)
_DAYS_PARAMETERS: Final = (
    _parameter("query", "host_id", _HOST, "The machine", required=True),
    _parameter(
        "query", "before", {"type": "string", "format": "date-time"}, "Only records before this instant"
    ),
)


if __name__ == "__main__":
    sys.stdout.write(spell())
