"""Hostile inputs: no failure, no traceback, one answer a request, no hang, and nothing stored by what is refused."""

import contextlib
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from ai_usage.wire.decode import decode_pulled
from ai_usage.wire.messages import RawPage

from ..servers import PROGRAMS, RunningServer, running_server
from .hostile_inputs import Hostile, make_hostile
from .raw_http import Answer, read_answers
from .uploads import pull, record, upload

ENDS_WITHIN_S = 20.0
"""Above the longest clock that a connection which sends no more can wait for."""


def talk(server: RunningServer, hostile: Hostile) -> list[Answer]:
    """Send an input, wait for answers, send no more, and read until the server closes."""
    host, port = server.address.split(":")
    said = b""
    with socket.create_connection((host, int(port)), timeout=ENDS_WITHIN_S) as connection:
        with contextlib.suppress(ConnectionError):
            for piece in hostile.pieces:
                connection.sendall(piece)
        connection.settimeout(1.5)  # what is not answered by then is not whole
        with contextlib.suppress(ConnectionError):
            try:
                while chunk := connection.recv(65_536):
                    said += chunk
                    connection.settimeout(0.15)
                return read_answers(said)
            except TimeoutError:
                pass
            connection.settimeout(ENDS_WITHIN_S)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65_536):
                said += chunk
    return read_answers(said)


def endure(server: RunningServer, seeds: Iterable[int]) -> Counter[int]:
    """Send the inputs of seeds one after the other, and look after each what became of the stored records."""
    statuses: Counter[int] = Counter()
    with server.client() as client:
        upload(client, record("before"))
        stored = pull(client)["max_seq"]
        for seed in seeds:
            hostile = make_hostile(seed)
            finals = [answer.status for answer in talk(server, hostile) if answer.status >= 200]
            sent = b"".join(hostile.pieces)
            # What follows the last request can be one more that is malformed.
            most = sent.count(b"HTTP/1.") + 1 if hostile.kind in ("http", "desync") else 1
            assert len(finals) <= most, (seed, hostile, finals)
            assert not {500, 502} & set(finals), (seed, hostile)
            page = pull(client, stored)
            if 200 not in finals:
                assert (page["records"], page["max_seq"]) == ([], stored), (seed, hostile)
            stored = page["max_seq"]
            statuses.update(finals)
        for each in client.get("/v1/pull?after_seq=0&supported_vendors=*").json()["records"]:
            assert each["host_id"] == "laptop"
    return statuses


def stays_whole(server: RunningServer) -> None:
    """Look at the log, and at what was stored."""
    assert "Traceback" not in server.log
    assert not [line for line in server.log_lines() if line["level"] in ("error", "critical")]
    with server.client() as client:
        page = client.get("/v1/pull?after_seq=0&supported_vendors=*").content
        for raw in msgspec.json.decode(page, type=RawPage).records:
            decode_pulled(raw)
    server.stop()
    verified = subprocess.run(
        [PROGRAMS / "ai-usage-server", "verify", "--config", server.config],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr


def test_a_few_hostile_inputs_change_nothing(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        statuses = endure(server, range(150))
        assert statuses[400] > 20
        stays_whole(server)


@pytest.mark.soak
def test_three_thousand_hostile_inputs_change_nothing(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        first = int(time.time()) * 10_000  # other inputs every time; a failure names its seed
        statuses = endure(server, [*range(1000, 2500), *range(first, first + 1500)])
        assert set(statuses) <= {200, 400, 401, 403, 404, 405, 409, 413, 415, 429}
        stays_whole(server)
