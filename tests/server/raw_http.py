"""HTTP over plain sockets: bytes that no client library would send, and the answers as they come."""

import contextlib
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Connect = Callable[[], socket.socket]
QUIET_S = 0.3
"""After so long without a byte there are no more answers."""


class Answer(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Exchange(NamedTuple):
    """All answers on one connection, and whether the other side then closed it."""

    answers: list[Answer]
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The statuses of the final answers, in order."""
        return [answer.status for answer in self.answers if answer.status >= 200]


def connecting(address: str, root_certificate: Path | None = None) -> Connect:
    """Return a way to open connections to an address, with TLS where an authority is named."""
    host, _, port = address.rpartition(":")

    def connect() -> socket.socket:
        plain = socket.create_connection((host.strip("[]"), int(port)), timeout=10)
        if root_certificate is None:
            return plain
        context = ssl.create_default_context(cafile=str(root_certificate))
        context.set_alpn_protocols(["http/1.1"])
        return context.wrap_socket(plain, server_hostname="localhost")

    return connect


def exchange(connect: Connect, *pieces: bytes, wanted: int = 1, quiet_s: float = QUIET_S) -> Exchange:
    """Send bytes and read until the other side closes, or says no more after the wanted number of answers.

    Args:
        connect: opens the connection.
        pieces: what is sent, one piece after the other.
        wanted: the number of final answers; they may take long, more than these may not.
        quiet_s: how long to wait for more.
    """
    said, closed = b"", False
    with contextlib.closing(connect()) as connection:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            for piece in pieces:
                connection.sendall(piece)
        while True:
            done = sum(answer.status >= 200 for answer in read_answers(said)) >= wanted
            connection.settimeout(quiet_s if done else 15)
            try:
                chunk = connection.recv(65_536)
            except TimeoutError:
                break
            except (ConnectionError, ssl.SSLError):
                closed = True
                break
            if not chunk:
                closed = True
                break
            said += chunk
    return Exchange(read_answers(said), closed)


def read_answers(said: bytes) -> list[Answer]:
    """Divide the bytes of a connection into answers; an incomplete last answer is left out."""
    answers = []
    while b"\r\n\r\n" in said:
        head, _, rest = said.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        assert first.startswith("HTTP/1."), first
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split(" ")[1])
        if status < 200 or status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            if not (rest.startswith(b"0\r\n\r\n") or b"\r\n0\r\n\r\n" in rest):
                break
            body, _, rest = rest.partition(b"0\r\n\r\n")
        else:
            size = int(headers.get("content-length", 0))
            if len(rest) < size:
                break
            body, rest = rest[:size], rest[size:]
        answers.append(Answer(status, headers, body))
        said = rest
    return answers
