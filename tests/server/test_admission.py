"""What every request passes before it is answered, in the order of the contract."""

import concurrent.futures
import time
from collections.abc import Iterator

import httpx2
import pytest

from ..servers import TOKEN, RunningServer, running_server
from .uploads import days, ndjson, pull, record, report, upload

INSTALLATION = "1" * 64
OTHER = "2" * 64


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run a server that knows two machines only, whose database holds a third one's records."""
    folder = tmp_path_factory.mktemp("closed")
    with running_server(folder) as first, first.client() as client:
        for host in ("laptop", "desk", "retired"):
            upload(client, record(host_id=host))
            client.post("/v1/integrity/report", content=report(host_id=host))
    with running_server(folder, allowed_hosts=["laptop", "desk"]) as running:
        yield running


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/upload"),
        ("GET", "/v1/pull?after_seq=0"),
        ("GET", "/v1/machines"),
        ("POST", "/v1/integrity/report"),
        ("GET", "/v1/integrity/reports"),
        ("GET", "/v1/integrity/days?host_id=laptop"),
        ("GET", "/v1/unknown"),
        ("GET", "/"),
    ],
)
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer"])
def test_without_the_token_nothing_is_said(
    shared_server: RunningServer, method: str, path: str, authorization: str | None
) -> None:
    # Each case comes from an address of its own, so that it is not slowed down by the others.
    address = f"10.{len(method)}.{len(path)}.{len(authorization or '')}"
    headers = {"x-forwarded-for": address} | ({"authorization": authorization} if authorization else {})
    answer = httpx2.request(method, shared_server.url + path, headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize("path", ["/v1/health", "/v1/openapi.json"])
def test_health_and_the_description_need_no_token(shared_server: RunningServer, path: str) -> None:
    assert httpx2.get(shared_server.url + path).status_code == 200


def test_the_token_is_looked_at_before_the_body(shared_server: RunningServer) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"\n" * 1000
            time.sleep(0.01)

    headers = {"authorization": "Bearer wrong", "x-forwarded-for": "10.1.1.1"}
    answer = httpx2.post(shared_server.url + "/v1/upload", content=endless(), headers=headers, timeout=20)
    assert answer.status_code == 401


def test_failures_are_slowed_down_and_the_right_token_is_not(shared_server: RunningServer) -> None:
    address = {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}
    took = []
    for _ in range(5):
        began = time.monotonic()
        httpx2.get(shared_server.url + "/v1/machines", headers=address)
        took.append(time.monotonic() - began)
    # The fifth waits eight times as long as the second; a slow machine only adds to both.
    assert took[4] > 0.8
    assert len(shared_server.wait_for_lines(5, address="198.51.100.7", status=401)) == 5
    with shared_server.client(**address) as client:
        client.get("/v1/health")
        assert client.get("/v1/machines").status_code == 200


def test_a_crowd_of_failures_is_told_when_to_come_back(shared_server: RunningServer) -> None:
    def guess(_: int) -> httpx2.Response:
        address = {"x-forwarded-for": "2001:db8::1"}
        return httpx2.get(shared_server.url + "/v1/machines", headers=address, timeout=60)

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(guess, range(20)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {401, 429}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)


def test_an_address_that_no_trusted_proxy_vouches_for_is_not_believed(server: RunningServer) -> None:
    with running_server(server.folder / "other", trusted_proxies=["192.0.2.0/24"]) as other:
        httpx2.get(other.url + "/v1/machines", headers={"x-forwarded-for": "10.9.9.9"})
        assert [line["address"] for line in other.wait_for_lines(1, status=401)] == ["127.0.0.1"]


@pytest.mark.parametrize("client", ["Laptop", "../x", "", "x" * 65, "a b"])
def test_a_malformed_client_is_refused(shared_server: RunningServer, client: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "x-ai-usage-client": client}
    answer = httpx2.get(shared_server.url + "/v1/machines", headers=headers)
    assert (answer.status_code, answer.text) == (400, "invalid client identity")


def test_the_client_is_looked_at_before_the_body(closed_server: RunningServer) -> None:
    with closed_server.client("retired") as client:
        answer = client.post("/v1/upload", content=b"not a record")
        assert (answer.status_code, answer.text) == (403, "host_id is not allowed")


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/upload", ndjson(record())), ("/v1/integrity/report", report())]
)
def test_a_body_of_another_host_is_refused(shared_server: RunningServer, path: str, body: bytes) -> None:
    with shared_server.client("desk") as client:
        answer = client.post(path, content=body)
        assert (answer.status_code, answer.text) == (400, "client identity does not match host_id")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/upload", ndjson(record(host_id="retired"))),
        ("/v1/integrity/report", report(host_id="retired")),
    ],
)
def test_a_body_of_a_host_that_is_not_allowed_is_refused(
    closed_server: RunningServer, path: str, body: bytes
) -> None:
    with closed_server.client() as client:
        answer = client.post(path, content=body)
        assert (answer.status_code, answer.text) == (403, "host_id is not allowed")


def test_validity_is_looked_at_before_the_host(closed_server: RunningServer) -> None:
    with closed_server.client() as client:
        answer = client.post("/v1/upload", content=ndjson(record(host_id="retired", vendor="X")))
        assert (answer.status_code, answer.text) == (400, "line 1: invalid vendor")


def test_only_allowed_hosts_are_shown(closed_server: RunningServer) -> None:
    with closed_server.client("desk") as client:
        machines = client.get("/v1/machines").json()["machines"]
        reports = client.get("/v1/integrity/reports").json()["reports"]
        assert [each["host_id"] for each in machines] == ["desk", "laptop"]
        assert [each["host_id"] for each in reports] == ["desk", "laptop"]
        assert [each["host_id"] for each in pull(client)["records"]] == ["laptop", "desk"]
        assert pull(client, host="retired")["records"] == []
        assert [len(days(client, host)) for host in ("laptop", "desk", "retired")] == [1, 1, 0]


def test_the_first_installation_that_writes_for_a_host_keeps_it(server: RunningServer) -> None:
    with server.client("laptop") as client:
        upload(client, record("a"))
        upload(client, record("b"), **{"x-ai-usage-installation": INSTALLATION})
        for path, body in (("/v1/upload", ndjson(record("c"))), ("/v1/integrity/report", report())):
            answer = client.post(path, content=body, headers={"x-ai-usage-installation": OTHER})
            assert (answer.status_code, answer.text) == (409, "host_id belongs to another installation")
        assert len(pull(client)["records"]) == 2
        upload(client, record("d"))


def test_an_adopting_installation_takes_a_host_over(server: RunningServer) -> None:
    with server.client("laptop") as client:
        upload(client, record("a"), **{"x-ai-usage-installation": INSTALLATION})
        upload(client, record("b"), **{"x-ai-usage-installation": OTHER, "x-ai-usage-adopt": "1"})
        upload(client, record("c"), **{"x-ai-usage-installation": OTHER})
        answer = client.post(
            "/v1/upload", content=ndjson(record("d")), headers={"x-ai-usage-installation": INSTALLATION}
        )
        assert answer.status_code == 409


def test_an_installation_that_is_not_a_hash_is_refused(shared_server: RunningServer) -> None:
    with shared_server.client("laptop") as client:
        answer = client.post("/v1/upload", content=b"", headers={"x-ai-usage-installation": "me"})
        assert (answer.status_code, answer.text) == (400, "invalid installation")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/unknown", 404),
        ("GET", "/v1/machines/", 404),
        ("GET", "/v1/upload", 405),
        ("POST", "/v1/pull", 405),
        ("DELETE", "/v1/machines", 405),
    ],
)
def test_other_paths_and_methods_are_refused_in_plain_text(
    shared_server: RunningServer, method: str, path: str, status: int
) -> None:
    with shared_server.client() as client:
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8")


def test_a_request_leaves_one_line_without_secrets(server: RunningServer) -> None:
    with server.client("laptop") as client:
        upload(client, record("a"), record("b"))
        pull(client)
        client.get("/v1/machines%0aforged?token=" + TOKEN)
    httpx2.get(server.url + "/v1/machines", headers={"authorization": "Bearer guessed-wrong-token"})
    server.stop()
    lines = [line for line in server.log_lines() if line["event"] == "request"]
    kept = [{key: value for key, value in line.items() if key not in ("ms", "time")} for line in lines]
    assert kept == [
        _line("POST", "/v1/upload", 200, "info", host="laptop", records=2),
        _line("GET", "/v1/pull", 200, "info", host="laptop", records=2),
        _line("GET", "/v1/machines%0aforged", 404, "info", host="laptop"),
        _line("GET", "/v1/machines", 401, "warning", address="127.0.0.1"),
    ]
    assert all(line["ms"] >= 0 and line["time"].endswith("Z") for line in lines)
    assert TOKEN not in server.log
    assert "guessed" not in server.log


def _line(method: str, path: str, status: int, level: str, **more: object) -> dict[str, object]:
    return {"method": method, "path": path, "status": status, "event": "request", "level": level} | more
