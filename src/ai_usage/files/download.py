"""Download over HTTPS within limits: a number of bytes, a wait for the next byte, and one deadline for the whole."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

from ai_usage.files.reason import reason

_REDIRECTS: Final = 5


class DownloadError(Exception):
    """The download failed; the text says which address and why."""


class StatusError(DownloadError):
    """The server answered with a status other than 200."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url} answered {status}")
        self.url = url
        self.status = status


class Limits(NamedTuple):
    """The limits of a download."""

    size_bytes: int
    deadline_s: float
    """For the whole download, redirects included, however steadily bytes arrive."""
    wait_s: float = 30.0
    """For the connection and for each next byte."""


@contextmanager
def open_download(
    url: str,
    trust: ssl.SSLContext,
    limits: Limits,
    headers: Mapping[str, str],
    on_redirect: Callable[[str], None] | None = None,
) -> Iterator[Iterator[bytes]]:
    """Open an address and yield the pieces of its content.

    Args:
        url: the address.
        trust: the trusted certificate authorities.
        limits: the limits on size and time.
        headers: the headers of the request.
        on_redirect: raises if an address must not be followed; without it no redirect is followed.

    Raises:
        StatusError: the answer is not 200.
        DownloadError: there is no answer, or it is larger or slower than the limits allow.
    """
    import httpx2

    with httpx2.Client(verify=trust, timeout=limits.wait_s) as client:
        # Closing the client from another thread ends a request in any phase; the library's timeouts start again with
        # each byte, so a server could hold a request for days.
        deadline = threading.Timer(limits.deadline_s, client.close)
        deadline.daemon = True
        deadline.start()
        try:
            for _ in range(_REDIRECTS + 1):
                with client.stream("GET", url, headers=dict(headers)) as response:
                    if response.next_request is not None and on_redirect is not None:
                        url = str(response.next_request.url)
                        on_redirect(url)
                        continue
                    if response.status_code != 200:
                        raise StatusError(url, response.status_code)
                    yield _capped(url, response.iter_bytes(), limits.size_bytes)
                    return
            raise DownloadError(f"{url}: more than {_REDIRECTS} redirects")
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, RuntimeError) as error:
            if client.is_closed:
                raise DownloadError(f"{url} was not complete after {limits.deadline_s:g} s") from error
            raise DownloadError(f"cannot reach {url}: {reason(error)}") from error
        finally:
            deadline.cancel()


def _capped(url: str, pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    size_bytes = 0
    for piece in pieces:
        size_bytes += len(piece)
        if size_bytes > most:
            raise DownloadError(f"{url} is larger than {most:,} bytes")
        yield piece
