"""No two readers may see a request end in two places: the server alone, and behind real proxies."""

import concurrent.futures
import itertools
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_usage.server.protocol import BoundedProtocol

from ..servers import TOKEN, RunningServer, running_server
from .desync_corpus import FORGED_ADDRESS, FRAMED, HIDDEN_PATH, HOPELESS, UPGRADES, Case, head
from .fronts import FRONTS
from .raw_http import Connect, connecting, exchange
from .uploads import keys, ndjson, pull, record


@pytest.mark.parametrize("case", HOPELESS, ids=[case.name for case in HOPELESS])
def test_a_request_that_nothing_frames_is_refused_and_ends_the_connection(
    shared_server: RunningServer, case: Case
) -> None:
    had = exchange(connecting(shared_server.address), case.sent)
    assert (tuple(had.statuses), had.closed) == (case.statuses, True)
    assert HIDDEN_PATH not in shared_server.log


@pytest.mark.parametrize("case", FRAMED, ids=[case.name for case in FRAMED])
def test_each_framed_request_has_one_answer_and_hides_none(shared_server: RunningServer, case: Case) -> None:
    had = exchange(connecting(shared_server.address), case.sent, wanted=len(case.statuses))
    assert tuple(had.statuses) == case.statuses
    assert HIDDEN_PATH not in shared_server.log


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_request_in_pieces_is_read_as_a_whole_one(shared_server: RunningServer, size: int) -> None:
    for case in (HOPELESS[0], HOPELESS[-1], FRAMED[0], FRAMED[1]):
        pieces = [case.sent[at : at + size] for at in range(0, len(case.sent), size)]
        had = exchange(connecting(shared_server.address), *pieces)
        assert tuple(had.statuses) == case.statuses
    assert HIDDEN_PATH not in shared_server.log


def test_after_an_answer_instead_of_100_continue_the_next_bytes_are_not_a_request(
    shared_server: RunningServer,
) -> None:
    """A peer that does not send the body after all and a peer that does send the same bytes."""
    waiting = head("expect: 100-continue", "content-length: 9999999")
    with connecting(shared_server.address)() as connection:
        connection.sendall(waiting)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413 ")
        connection.sendall(head(first="GET /v1/machines HTTP/1.1"))
        assert connection.recv(65_536) == b""


def test_a_short_request_does_not_shorten_the_time_of_the_next_ones_body(
    shared_server: RunningServer,
) -> None:
    with connecting(shared_server.address)() as connection:
        connection.sendall(head(first="GET /v1/machines HTTP/1.1") + head("content-length: 2") + b"\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        time.sleep(BoundedProtocol.linger_s + 0.5)
        connection.sendall(b"\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


@pytest.fixture(params=FRONTS)
def fronted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[RunningServer, Connect]]:
    """Run a server behind each of the proxies."""
    (tmp_path / "front").mkdir()
    with (
        running_server(tmp_path / "server") as server,
        FRONTS[request.param](tmp_path / "front", server.address) as connect,
    ):
        yield server, connect


def test_behind_a_proxy_no_client_gets_the_answer_of_another(fronted: tuple[RunningServer, Connect]) -> None:
    server, connect = fronted
    attacked, places = threading.Event(), itertools.count(1)

    def ask_until_the_attack_is_over() -> int:
        """Ask for a page above a number that no other request names; the answer must repeat it."""
        asked = 0
        while not attacked.is_set():
            place = next(places)
            had = exchange(
                connect, head("connection: close", first=f"GET /v1/pull?after_seq={place} HTTP/1.1")
            )
            assert had.statuses == [200]
            assert json.loads(had.answers[-1].body)["max_seq"] == place
            asked += 1
        return asked

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        victims = [pool.submit(ask_until_the_attack_is_over) for _ in range(2)]
        # Where a proxy sees the hidden request behind the end of the first, it is one more request of its sender.
        attacks = [pool.submit(exchange, connect, case.sent, quiet_s=0.1) for case in [*HOPELESS, *FRAMED]]
        concurrent.futures.wait(attacks)
        attacked.set()
        assert all(victim.result() > 0 for victim in victims)
    for attack in attacks:
        attack.result()
    lines = server.log_lines()
    assert FORGED_ADDRESS not in {line.get("address") for line in lines}
    assert "Traceback" not in server.log
    assert not [line for line in lines if line.get("status") == 500]


def test_behind_a_proxy_a_body_hides_no_request(fronted: tuple[RunningServer, Connect]) -> None:
    server, connect = fronted
    bodies = [
        case for case in [*HOPELESS[: 2 * len(UPGRADES)], *FRAMED[:7]] if HIDDEN_PATH.encode() in case.sent
    ]
    for case in bodies:
        had = exchange(connect, case.sent)
        assert len(had.statuses) == 1, case.name
    assert HIDDEN_PATH not in server.log


def test_behind_a_proxy_a_client_cannot_choose_the_address_that_is_slowed_down(
    fronted: tuple[RunningServer, Connect],
) -> None:
    server, connect = fronted
    forged = [f"x-forwarded-for: 203.0.113.{number}" for number in range(2)]
    guess = head(
        *forged, f"X-Forwarded-For: {FORGED_ADDRESS}, 203.0.113.7", "x_forwarded_for: 203.0.113.8", "connection: close",
        first="GET /v1/machines HTTP/1.1",
    ).replace(TOKEN.encode(), b"wrong")  # fmt: skip
    assert [exchange(connect, guess).statuses for _ in range(3)] == [[401]] * 3
    lines = server.wait_for_lines(3, status=401)
    assert {line["address"] for line in lines} == {"127.0.0.1"}


def test_an_upload_with_curl_and_http2_is_refused_clearly(server: RunningServer) -> None:
    command = [
        "curl", "--silent", "--show-error", "--http2", "--max-time", "20", "--write-out", " %{http_code}",
        "--header", f"authorization: Bearer {TOKEN}", "--data-binary", "@-", server.url + "/v1/upload",
    ]  # fmt: skip
    batch = ndjson(*(record(str(number)) for number in range(900)))
    done = subprocess.run(command, input=batch, capture_output=True, timeout=60, check=False)
    assert (done.stdout.decode(), done.stderr.decode()) == (
        "Upgrade is not supported; send the request without it, as HTTP/1.1 400",
        "",
    )
    command.remove("--http2")
    done = subprocess.run(command, input=ndjson(record()), capture_output=True, timeout=60, check=True)
    assert done.stdout == b'{"accepted":1,"ignored":0,"max_seq":1} 200'
    with server.client() as client:
        assert keys(pull(client)) == [(1, "one")]
