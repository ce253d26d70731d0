"""The OpenAPI document: current, true, and a source of hostile requests."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ai_usage.server.openapi import spell

from ..servers import TOKEN, RunningServer
from .uploads import days, record, report, upload

DOCUMENT = Path(__file__).parents[2] / "docs/openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def one_line(_: schemathesis.SerializationContext, value: object) -> bytes:
    """Spell one record as the only line of an upload."""
    return json.dumps(value).encode() + b"\n"


@pytest.fixture(scope="module")
def filled_server(shared_server: RunningServer) -> RunningServer:
    """Give the shared server something to answer with."""
    with shared_server.client("laptop") as client:
        upload(client, record("a"), record("b", cost_input=0.1, cost_output=1e-7, effort="é"))
        client.post("/v1/integrity/report", content=report())
        days(client)
    return shared_server


schema = schemathesis.openapi.from_dict(json.loads(spell()))


def test_the_document_in_the_repository_is_current() -> None:
    assert DOCUMENT.read_text() == spell(), "run: python -m ai_usage.server.openapi > docs/openapi.json"


def test_the_server_serves_the_document(shared_server: RunningServer) -> None:
    assert httpx2.get(shared_server.url + "/v1/openapi.json").json() == json.loads(spell())


@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_is_answered_as_the_document_says(
    case: Case[Any], filled_server: RunningServer
) -> None:
    token = {"authorization": f"Bearer {TOKEN}"}
    case.call_and_validate(base_url=filled_server.url, checks=CHECKS, headers=token)
