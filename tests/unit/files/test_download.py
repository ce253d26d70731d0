"""Downloads from a real TLS server that answers, trickles, redirects or sends no byte."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest
import trustme

from ai_usage.files.download import DownloadError, Limits, StatusError, open_download

Serve = Callable[[ssl.SSLSocket], None]
HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Length: "
QUICK: Final = Limits(size_bytes=1000, deadline_s=1.0, wait_s=0.6)


@contextlib.contextmanager
def serving(serve: Serve) -> Iterator[tuple[str, ssl.SSLContext]]:
    """Run `serve` on each connection; yield the address and the trust that it needs."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    plain, _ = listening.accept()
                    threading.Thread(target=answer, args=(plain,), daemon=True).start()

        def answer(plain: socket.socket) -> None:
            with contextlib.suppress(OSError), plain, server.wrap_socket(plain, server_side=True) as secure:
                secure.recv(65536)
                serve(secure)

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"https://localhost:{listening.getsockname()[1]}/file", client
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()


def fetch(serve: Serve, limits: Limits = QUICK, on_redirect: Callable[[str], None] | None = None) -> bytes:
    with serving(serve) as (url, trust), open_download(url, trust, limits, {}, on_redirect) as pieces:
        return b"".join(pieces)


def trickle(pieces: Iterator[bytes]) -> Serve:
    def serve(connection: ssl.SSLSocket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.05)

    return serve


def test_a_file_is_fetched() -> None:
    assert fetch(lambda connection: connection.sendall(HEAD + b"4\r\n\r\ndata")) == b"data"


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([HEAD + b"900\r\n\r\n", *[b"x"] * 900], id="a-body"),
        pytest.param([b"HTTP/1.1 200 OK\r\n", *[b"X-Filler: y\r\n"] * 900], id="headers"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n"] * 900, id="provisional-answers"),
        pytest.param([bytes([byte]) for byte in HEAD * 30], id="a-status-line"),
    ],
)
def test_an_answer_that_trickles_ends_at_the_deadline(pieces: list[bytes]) -> None:
    began = time.monotonic()
    with pytest.raises(DownloadError, match=r"/file was not complete after 1 s"):
        fetch(trickle(iter(pieces)))
    assert time.monotonic() - began < 20  # 45 s of trickling were not waited for


def test_the_wait_for_a_silent_server_ends() -> None:
    with pytest.raises(DownloadError, match="cannot reach https://localhost"):
        fetch(lambda _: time.sleep(5))


def test_more_bytes_than_allowed_are_refused() -> None:
    with pytest.raises(DownloadError, match="is larger than 1,000 bytes"):
        fetch(lambda connection: connection.sendall(HEAD + b"2000\r\n\r\n" + b"x" * 2000))


def test_a_connection_that_breaks_off_is_an_error() -> None:
    with pytest.raises(DownloadError, match="cannot reach"):
        fetch(lambda connection: connection.sendall(HEAD + b"9\r\n\r\nx"))


def test_another_status_is_an_error_that_carries_it() -> None:
    with pytest.raises(StatusError) as raised:
        fetch(lambda connection: connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
    assert raised.value.status == 404


def redirect(connection: ssl.SSLSocket) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /file\r\nContent-Length: 0\r\n\r\n")


def test_a_redirect_is_not_followed_unless_asked() -> None:
    with pytest.raises(StatusError) as raised:
        fetch(redirect)
    assert raised.value.status == 302


def test_redirects_without_end_are_given_up() -> None:
    followed: list[str] = []
    with pytest.raises(DownloadError, match="more than 5 redirects"):
        fetch(redirect, on_redirect=followed.append)
    assert len(followed) == 6


def test_an_address_that_must_not_be_followed_ends_the_download() -> None:
    def refuse(url: str) -> None:
        raise ValueError(url)

    with pytest.raises(ValueError, match="https://localhost"):
        fetch(redirect, on_redirect=refuse)
