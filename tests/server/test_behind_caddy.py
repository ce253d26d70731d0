"""The server behind a real proxy with TLS, as it is deployed."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bench.crowd import measure_crowd
from bench.sync_server import record as crowd_record

from ..servers import TOKEN, RunningProxy, RunningServer, running_proxy, trusting
from .uploads import ndjson, pull, record, upload


@pytest.fixture(scope="module")
def proxy(shared_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    """Run Caddy in front of the shared server."""
    with running_proxy(tmp_path_factory.mktemp("caddy"), shared_server.address) as running:
        yield running


@pytest.fixture
def client(proxy: RunningProxy) -> Iterator[httpx2.Client]:
    """Open a client that trusts the proxy's authority."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx2.Client(
        base_url=proxy.url, headers=headers, verify=trusting(proxy.root_certificate), timeout=30
    ) as opened:
        yield opened


def test_records_go_through_both_ways(client: httpx2.Client) -> None:
    upload(client, record("through", host_id="far"))
    packed = gzip.compress(ndjson(record("packed", host_id="far")))
    answer = client.post("/v1/upload", content=packed, headers={"content-encoding": "gzip"})
    assert answer.json()["accepted"] == 1
    assert [each["dedup_key"] for each in pull(client, host="far")["records"]] == ["through", "packed"]


def test_a_stranger_does_not_trust_the_authority(proxy: RunningProxy) -> None:
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(proxy.url + "/v1/health")


def test_a_body_that_is_too_large_is_refused_with_its_text(client: httpx2.Client) -> None:
    answer = client.post("/v1/upload", content=b"\n" * 2_000_000)
    assert (answer.status_code, answer.text) == (413, "body exceeds max_body_bytes")


def test_a_wrong_token_is_refused_and_counted_for_the_client(
    client: httpx2.Client, shared_server: RunningServer
) -> None:
    answer = client.get("/v1/machines", headers={"authorization": "Bearer wrong"})
    assert (answer.status_code, answer.content) == (401, b"")
    # Caddy replaces what a client claims about itself by the address that it sees.
    forged = client.get("/v1/machines", headers={"authorization": "Bearer no", "x-forwarded-for": "10.1.2.3"})
    assert forged.status_code == 401
    lines = shared_server.wait_for_lines(2, status=401)
    assert {line["address"] for line in lines} <= {"127.0.0.1", "::1"}


def test_a_crowd_that_uploads_at_the_same_instants_loses_nothing(tmp_path: Path) -> None:
    made = {
        machine: [
            [crowd_record(machine, 20 * second + number) for number in range(20)] for second in range(3)
        ]
        for machine in (f"machine-{number}" for number in range(50))
    }
    outcome = measure_crowd(tmp_path, made)
    assert (outcome.failures, outcome.lost) == ({}, 0)
    assert len(outcome.waits_s) == 50 * 3 + outcome.told_to_wait
