"""Error messages for the server's refusals: what is wrong, and what the person can do."""

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Final

import httpx2

from ai_usage.errors import ServerError
from ai_usage.files.reason import reason
from ai_usage.sync.retrying import Passing

ANOTHER_INSTALLATION: Final = (
    "another installation already writes as {machine_id}. If another machine uses this name, choose another "
    "machine_id here; if this is that machine with a new ledger, run: ai-usage sync restore"
)


class CursorLost(ServerError):
    """The cursor belongs to another history of the server."""


class NotSupported(ServerError):
    """The server is too old for this request."""


class TooMuch(ServerError):
    """A batch exceeds one of the server's limits."""


class UploadRefused(ServerError):
    """One record of a batch breaks a rule of the server; the server stored nothing of the batch."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        """Counted from 1."""
        self.reason = reason


def explain_status(
    url: str, machine_id: str, status: int, text: str, headers: Mapping[str, str]
) -> ServerError:
    """Explain a status other than 200."""
    match status:
        case 401:
            return ServerError(
                f"{url}: 401: client and server tokens do not match; sync.token must equal the server's shared_token"
            )
        case 403 if text == "host_id is not allowed":
            return ServerError(
                f"{url}: 403: the machine_id {machine_id} is not in allowed_hosts of the server's config; add it there"
            )
        case 404:
            return ServerError(
                f"{url}: 404: there is no ai-usage-server at this address; check sync.server_url"
            )
        case 409 if text == "host_id belongs to another installation":
            return ServerError(f"{url}: 409: " + ANOTHER_INSTALLATION.format(machine_id=machine_id))
        case 503 if text.startswith('{"ok":false'):
            return ServerError(f"{url}: 503: the server is not healthy; its log says why")
        case _ if 300 <= status < 400:
            target = headers.get("location", "another address")[:200]
            return ServerError(
                f"{url}: {status}: redirects to {target}, where no token is sent; write the final address into "
                "sync.server_url"
            )
    said = "" if "<" in text[:200] or not text else f": {text[:200]}"
    return ServerError(f"{url}: {status}{said or ': refused without a reason; is a proxy in between?'}")


def explain_transport(url: str, error: Exception) -> ServerError | Passing:
    """Explain why a server could not be reached or its answer broke off, and whether another attempt may help."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ServerError(
                f"{url}: its certificate is not trusted ({cause.verify_message}); SSL_CERT_FILE=<root.crt> adds a "
                "private authority"
            )
    brief = f"{url} cannot be reached: {reason(error)}"
    meaning = ServerError(f"{brief}; is the server running, and is sync.server_url right?")
    if any(map(_lasts, causes)):
        return meaning
    return Passing(meaning, brief, unreachable=any(map(_is_unreachable, causes)))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _lasts(cause: BaseException) -> bool:
    """Tell whether the same request would fail again: no common TLS version, or a request that cannot be sent."""
    if isinstance(cause, ssl.SSLError):
        return not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError)
    return isinstance(cause, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol)


def _is_unreachable(cause: BaseException) -> bool:
    """Tell whether no connection was made at all."""
    if isinstance(cause, ConnectionRefusedError | socket.gaierror):
        return True
    return isinstance(cause, OSError) and cause.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH)
