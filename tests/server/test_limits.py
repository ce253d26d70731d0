"""Too much, too slow, too full: what is cut off, and what is told to come back.

Requests that are drawn out meet the real protocol with short clocks, in a server inside this process.
"""

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import uvloop

from ai_usage.server.app import build_app
from ai_usage.server.protocol import BoundedProtocol
from ai_usage.server.routes import UPLOADS_AT_ONCE
from ai_usage.server.settings import Settings
from ai_usage.server.storage.database import Database

from ..servers import TOKEN, RunningServer
from .uploads import days, ndjson, pull, record, upload


class HastyProtocol(BoundedProtocol):
    """The same protocol with clocks that a test can wait for."""

    head_timeout_s = 0.3
    body_timeout_s = 0.6
    linger_s = 0.3
    drain_timeout_s = 0.3
    head_bytes = 2000


@contextlib.asynccontextmanager
async def hasty_server(folder: Path) -> AsyncIterator[int]:
    """Serve in this event loop and yield the port."""
    settings = Settings(db_path=str(folder / "data.db"), shared_token=TOKEN, max_body_bytes=4096)
    app = build_app(settings, Database(Path(settings.db_path), 0))
    config = uvicorn.Config(app, port=0, http=HastyProtocol, ws="none", lifespan="on", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def everything(port: int, talk: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> bytes:
    """Talk to the server and return all that it says until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    talking = asyncio.ensure_future(talk(writer))
    said = b""
    with contextlib.suppress(ConnectionError):
        while chunk := await asyncio.wait_for(reader.read(65_536), 20):
            said += chunk
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    writer.close()
    return said


def head(*lines: str, path: str = "/v1/upload", token: str = TOKEN) -> bytes:
    """Spell the head of an upload."""
    known = [f"POST {path} HTTP/1.1", "host: x", f"authorization: Bearer {token}", *lines, "", ""]
    return "\r\n".join(known).encode()


async def drip(writer: asyncio.StreamWriter, first: bytes, rest: bytes) -> None:
    """Send something at once and the rest for ever, in small pieces."""
    writer.write(first)
    while True:
        writer.write(rest)
        await writer.drain()
        await asyncio.sleep(0.05)


SILENCE = b""
CHUNK = b"5\r\n\n\n\n\n\n\r\n"


@pytest.mark.parametrize(
    ("first", "rest", "answer"),
    [
        (SILENCE, SILENCE, b""),
        (b"POST /v1/upload HTTP/1.1\r\n", SILENCE, b""),
        (b"POST /v1/upload HTTP/1.1\r\n", b"x-more: 1\r\n", b""),
        (b"GET /" + b"x" * 10_000, b"x" * 10_000, b""),
        (head("content-length: 100"), SILENCE, b""),
        (head("transfer-encoding: chunked"), CHUNK, b""),
        (head("transfer-encoding: chunked"), CHUNK * 1000, b"413"),
        (head("content-length: 100000"), b"\n" * 100, b"413"),
        (head("transfer-encoding: chunked", token="wrong"), CHUNK, b"401"),
        (head("transfer-encoding: chunked", path="/v1/nothing"), CHUNK, b"404"),
    ],
    ids=[
        "a connection without a byte",
        "a head that stops",
        "headers without end",
        "a head that is too large",
        "a body that stops",
        "a body that drips",
        "a body without end",
        "a body that is announced too large",
        "a body without end and a wrong token",
        "a body without end and an unknown path",
    ],
)
def test_what_is_drawn_out_is_cut_off(tmp_path: Path, first: bytes, rest: bytes, answer: bytes) -> None:
    async def scene() -> bytes:
        async with hasty_server(tmp_path) as port:
            return await everything(port, lambda writer: drip(writer, first, rest))

    assert asyncio.run(scene())[9:12] == answer


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_peer_that_does_not_take_its_answers_is_cut_off_quietly(
    tmp_path: Path,
    run: Callable[[Coroutine[Any, Any, int]], int],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def scene() -> int:
        async with hasty_server(tmp_path) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            ask = b"GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"
            sent = 0
            with contextlib.suppress(ConnectionError):
                while True:  # answers pile up, because the peer does not read them
                    writer.write(ask * 100)
                    await asyncio.wait_for(writer.drain(), 20)
                    await asyncio.sleep(0.02)
                    sent += 100
            await asyncio.sleep(0.5)
            return sent

    assert run(scene()) > 0
    assert [record.getMessage() for record in caplog.records] == []
    assert "Traceback" not in "".join(capsys.readouterr())


def test_a_patient_peer_is_served_again_and_again(tmp_path: Path) -> None:
    async def scene() -> list[bytes]:
        async with hasty_server(tmp_path) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            answers = []
            for _ in range(3):
                for piece in (head("content-length: 2"), b"\n", b"\n"):
                    writer.write(piece)
                    await asyncio.sleep(0.05)
                answers.append(await reader.readuntil(b"}"))
                await asyncio.sleep(0.5)
            writer.close()
            return answers

    assert [answer[9:12] for answer in asyncio.run(scene())] == [b"200"] * 3


def test_more_uploads_at_once_than_fit_are_told_to_come_back(server: RunningServer) -> None:
    host, port = server.address.split(":")
    with contextlib.ExitStack() as held:
        waiting = [
            held.enter_context(socket.create_connection((host, int(port)), timeout=30))
            for _ in range(UPLOADS_AT_ONCE)
        ]
        for connection in waiting:
            connection.sendall(head("content-length: 1"))
        with server.client() as client:
            answer = client.post("/v1/upload", content=b"\n")
            while answer.status_code == 200:  # the last of them may still be on its way
                answer = client.post("/v1/upload", content=b"\n")
            assert (answer.status_code, answer.text) == (503, "too many uploads at once")
            assert answer.headers["retry-after"] == "1"
            for connection in waiting:
                connection.sendall(b"\n")
                assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
            assert client.post("/v1/upload", content=b"\n").status_code == 200


def test_a_full_disk_is_said_honestly_and_loses_nothing(server: RunningServer) -> None:
    some, more = (
        [record(str(number)) for number in range(10)],
        [record(f"more-{number}") for number in range(900)],
    )
    with server.client() as client:
        upload(client, *some)
        written = max(path.stat().st_size for path in server.folder.iterdir())
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (written, resource.RLIM_INFINITY))
        answer = client.post("/v1/upload", content=ndjson(*more))
        assert (answer.status_code, answer.text) == (
            503,
            "the server cannot use its database now; its log says why",
        )
        assert int(answer.headers["retry-after"]) > 0
        assert len(pull(client)["records"]) == 10
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert upload(client, *more) == {"accepted": 900, "ignored": 0, "max_seq": 910}
        assert [each["record_count"] for each in days(client)] == [910]
