"""Uploads: what is accepted, ignored, replaced, refused."""

import gzip
import json
import sqlite3
import sys
from collections.abc import Iterator

import msgspec
import pytest

from ai_usage.wire.record import MAX_INTEGER

from ..servers import RunningServer, running_server
from .uploads import keys, ndjson, pull, record, upload

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run a server with narrow limits."""
    with running_server(
        tmp_path_factory.mktemp("small"), max_body_bytes=4096, max_batch_records=3
    ) as running:
        yield running


def test_new_records_get_the_next_seqs(server: RunningServer) -> None:
    with server.client("laptop") as client:
        assert upload(client, record("a"), record("b")) == {"accepted": 2, "ignored": 0, "max_seq": 2}
        assert upload(client, record("c")) == {"accepted": 1, "ignored": 0, "max_seq": 3}
        assert keys(pull(client)) == [(1, "a"), (2, "b"), (3, "c")]


def test_an_equal_record_is_ignored_and_a_different_one_replaces_the_row_under_a_new_seq(
    server: RunningServer,
) -> None:
    with server.client("laptop") as client:
        upload(client, record("a"), record("b"), record("c"))
        changed = record("b", output_tokens=99)
        answer = upload(client, record("a"), changed, record("d"), record("c"))
        assert answer == {"accepted": 2, "ignored": 2, "max_seq": 5}
        page = pull(client)
        assert keys(page) == [(1, "a"), (3, "c"), (4, "b"), (5, "d")]
        assert page["records"][2]["output_tokens"] == 99


def test_one_batch_may_hold_several_copies_of_a_record(server: RunningServer) -> None:
    with server.client("laptop") as client:
        answer = upload(client, record("a"), record("a", output_tokens=9), record("a", output_tokens=9))
        assert answer == {"accepted": 2, "ignored": 1, "max_seq": 2}
        assert keys(pull(client)) == [(2, "a")]


def test_an_empty_body_changes_nothing(server: RunningServer) -> None:
    with server.client("laptop") as client:
        assert upload(client) == {"accepted": 0, "ignored": 0, "max_seq": 0}
        upload(client, record("a"))
        assert client.post("/v1/upload", content=b"\n\r\n").json() == {
            "accepted": 0,
            "ignored": 0,
            "max_seq": 1,
        }


def test_a_record_comes_back_as_it_was_sent(shared_server: RunningServer) -> None:
    sent = record(
        'key "é" \\ \u2028 \u0001',
        host_id="echo",
        timestamp="2026-05-18t14:00:00.1234567+02:00",
        session_start_time="2026-05-18 11:59:60Z",
        effort="high",
        fast_tier=-128,
        input_tokens=MAX_INTEGER,
        cost_input=0.1,
        cost_output=1e-05,
        cost_cache_read=1e16,
        cost_cache_creation=5e-324,
        project_path_sha256="ab" * 32,
    )
    with shared_server.client("echo") as client:
        upload(client, sent)
        (received,) = pull(client, host="echo")["records"]
    seq, uploaded_at = received.pop("seq"), received.pop("uploaded_at")
    assert received == msgspec.to_builtins(sent)
    assert (type(seq), uploaded_at[-1]) == (int, "Z")


def test_cache_writes_are_normalised_on_the_way_in(shared_server: RunningServer) -> None:
    sent = msgspec.to_builtins(record("n", host_id="normal")) | {
        "cache_creation_5m_input_tokens": 0,
        "cache_creation_input_tokens": 7,
    }
    with shared_server.client("normal") as client:
        client.post("/v1/upload", content=json.dumps(sent).encode())
        (received,) = pull(client, host="normal")["records"]
    assert received["cache_creation_5m_input_tokens"] == 7


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_packed_body_is_unpacked(shared_server: RunningServer, name: str) -> None:
    plain = ndjson(record(name, host_id=name))
    body = gzip.compress(plain) if name == "gzip" else zstd.compress(plain)
    with shared_server.client(name) as client:
        answer = client.post("/v1/upload", content=body, headers={"content-encoding": name})
        assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


@pytest.mark.parametrize(
    ("body", "encoding", "status", "text"),
    [
        (b"x" * 5000, None, 413, "body exceeds max_body_bytes"),
        (gzip.compress(b" " * 1_000_000), "gzip", 413, "body exceeds max_body_bytes"),
        (zstd.compress(b" " * 1_000_000), "zstd", 413, "body exceeds max_body_bytes"),
        (b"not packed", "gzip", 400, "body cannot be unpacked"),
        (b"not packed", "zstd", 400, "body cannot be unpacked"),
        (gzip.compress(b"\n")[:-4], "gzip", 400, "body cannot be unpacked"),
        (gzip.compress(b"\n") + b"junk", "gzip", 400, "body cannot be unpacked"),
        (zstd.compress(b"\n" * 100)[:-2], "zstd", 400, "body cannot be unpacked"),
        (b"", "br", 415, "content-encoding must be gzip or zstd"),
        (b"", "gzip, zstd", 415, "content-encoding must be gzip or zstd"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_body_over_the_limit_or_packed_badly_is_refused(
    small_server: RunningServer, body: bytes, encoding: str | None, status: int, text: str
) -> None:
    with small_server.client("laptop") as client:
        headers = {"content-encoding": encoding} if encoding else {}
        answer = client.post("/v1/upload", content=body, headers=headers)
        assert (answer.status_code, answer.text) == (status, text)


def test_a_body_without_a_length_is_bounded_too(small_server: RunningServer) -> None:
    with small_server.client("laptop") as client:
        answer = client.post("/v1/upload", content=(b"\n" * 1000 for _ in range(10)))
        assert (answer.status_code, answer.text) == (413, "body exceeds max_body_bytes")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (ndjson(*[record(str(n)) for n in range(4)]), "batch exceeds max_batch_records"),
        (
            ndjson(record("ok")) + b"\n" + b"{\n",
            "line 2: invalid JSON: Expecting property name enclosed in double quotes at column 2",
        ),
        (ndjson(record("ok"), record("bad", host_id="X")), "line 2: invalid host_id"),
        (ndjson(record("ok"), record("", vendor="codex")), "line 2: dedup_key must not be empty"),
    ],
    ids=["too many", "no JSON", "bad host", "no key"],
)
def test_a_bad_line_rejects_the_whole_batch(small_server: RunningServer, body: bytes, text: str) -> None:
    with small_server.client() as client:
        answer = client.post("/v1/upload", content=body)
        assert (answer.status_code, answer.text) == (400, text)
        assert pull(client)["records"] == []


def test_seqs_are_not_reused_after_a_restart_even_when_rows_were_deleted(server: RunningServer) -> None:
    with server.client("laptop") as client:
        upload(client, record("a"), record("b"))
        with sqlite3.connect(server.database) as db:
            db.execute("DELETE FROM records WHERE dedup_key = 'b'")
        db.close()
        server.restart()
        assert upload(client, record("c"))["max_seq"] == 3
        assert keys(pull(client)) == [(1, "a"), (3, "c")]
