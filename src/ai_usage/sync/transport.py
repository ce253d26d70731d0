"""HTTP requests to the server: headers, limits and one deadline; every failure becomes one clear error."""

import os
import re
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import httpx2
import msgspec

from ai_usage import __version__
from ai_usage.config.https import trusted_authorities
from ai_usage.errors import ServerError
from ai_usage.files.reason import reason
from ai_usage.sync.ahead import Begun
from ai_usage.sync.progress import Progress, Tell
from ai_usage.sync.refusals import (
    CursorLost,
    NotSupported,
    TooMuch,
    UploadRefused,
    explain_status,
    explain_transport,
)
from ai_usage.sync.retrying import (
    LONGEST_RETRY_AFTER_S,
    Passing,
    Patience,
    attempt,
    may_pass,
    read_date,
    read_retry_after,
)
from ai_usage.usage.instant import to_text
from ai_usage.wire.messages import CLIENT_HEADER

MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_DEADLINE_FACTOR: Final = 20
"""A whole request, from the DNS lookup to the last byte, may take this many times the timeout of one wait."""

Message = TypeVar("Message")


class Identity(NamedTuple):
    """The server's address, and this machine's credentials and names."""

    url: str
    token: str
    machine_id: str
    installation: str
    """64 hex digits that identify this ledger on this machine."""
    timeout_s: float


class Transport:
    """The connection to the person's server."""

    def __init__(
        self, identity: Identity, patience: Patience, now: Callable[[], int], progress: Progress, tell: Tell
    ) -> None:
        """Prepare a connection; send nothing yet.

        Args:
            identity: of this machine, and of the server.
            patience: the retry policy.
            now: this machine's clock, an instant.
            progress: called when a request needs more than one attempt.
            tell: called once, with the reason why the first attempt failed.

        Raises:
            ServerError: the file of trusted authorities cannot be read.
        """
        self.url = identity.url
        self.clock_offset_us = 0
        """The server's clock minus this machine's, from its last answer."""
        self.requests = 0
        """The number of requests sent."""
        self._counting = threading.Lock()
        self._patience = patience
        self._now = now
        self._progress = progress
        self._tell = tell
        self._machine_id = identity.machine_id
        self._deadline_s = _DEADLINE_FACTOR * identity.timeout_s
        try:
            verify = trusted_authorities(os.environ)
        except OSError as error:
            raise ServerError(f"SSL_CERT_FILE: {error.strerror or error}") from error
        self._client = httpx2.Client(
            base_url=identity.url,
            headers={
                "authorization": f"Bearer {identity.token}",
                "cache-control": "no-cache",
                CLIENT_HEADER: identity.machine_id,
                "user-agent": f"ai-usage/{__version__}",
            },
            verify=verify,
            timeout=identity.timeout_s,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close all connections; requests that wait for an answer in another thread fail."""
        self._client.close()

    def call(self, method: str, path: str, message: type[Message], **options: Any) -> Message:
        """Send a request, with retries, and decode the answer.

        Args:
            method: the HTTP method.
            path: the path and query, from the server's root.
            message: the type of the answer.
            options: options for httpx2, such as `content`.

        Raises:
            ServerError: no usable answer; subclasses say what the server refused.
        """
        answer = attempt(self._patience, partial(self._send, method, path, options), self._retry)
        try:
            return msgspec.json.decode(answer, type=message)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ServerError(
                f"{self._place(path)} did not answer as an ai-usage-server does; is a proxy in between, "
                "and is server_url right?"
            ) from error

    def _retry(self, number: int, why: str) -> None:
        if number == 2:
            self._tell(f"{why}; trying again")
        self._progress("waiting for the server, try", number, 0)

    def _send(self, method: str, path: str, options: Mapping[str, Any]) -> bytes:
        """Send a request once; after the deadline all connections are closed, so that its thread ends too."""
        with self._counting:
            self.requests += 1
        begun = Begun(partial(self._exchange, method, path, options))
        try:
            return begun.wait(self._deadline_s)
        except TimeoutError as error:
            self._client.close()
            raise ServerError(
                f"{self._place(path)} was still sending after {self._deadline_s:g} s; nothing of it was used"
            ) from error

    def _exchange(self, method: str, path: str, options: Mapping[str, Any]) -> bytes:
        place = self._place(path)
        try:
            with self._client.stream(method, path, **options) as answer:
                self._note_clock(answer.headers.get("date", ""))
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise ServerError(f"{place} answered with more than 64 MiB; nothing of it was used")
        except httpx2.TransportError as error:
            raise explain_transport(self.url, error) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise ServerError(f"{place}: {reason(error)}") from error
        except RuntimeError as error:
            if not self._client.is_closed:
                raise
            raise ServerError(f"{place}: the connection was closed before the answer came") from error
        if answer.status_code == 200:
            return bytes(body)
        raise self._failure(path.partition("?")[0], answer, bytes(body))

    def _failure(self, path: str, answer: httpx2.Response, body: bytes) -> Exception:
        """Return the error for a status other than 200."""
        status = answer.status_code
        text = body[:400].decode("utf-8", "replace").strip()
        if status == 409 and path == "/v1/pull":
            return CursorLost(text)
        if status == 404 and path.startswith("/v1/integrity/"):
            return NotSupported(path)
        if path == "/v1/upload":
            if status == 413 or (status == 400 and text == "batch exceeds max_batch_records"):
                return TooMuch(text)
            line = re.match(r"line ([0-9]{1,9}): (.+)", text) if status == 400 else None
            if line is not None:
                return UploadRefused(int(line[1]), line[2])
        meaning = explain_status(self.url + path, self._machine_id, status, text, answer.headers)
        if not may_pass(status):
            return meaning
        wait_s = read_retry_after(answer.headers.get_list("retry-after"))
        if wait_s is not None and wait_s > LONGEST_RETRY_AFTER_S:
            until = to_text(self._now() + int(wait_s * 1_000_000))[:19]
            return ServerError(f"{meaning}; it asks to come back in {wait_s:.0f} s, at {until}Z")
        return Passing(meaning, str(meaning), wait_s=wait_s)

    def _place(self, path: str) -> str:
        return self.url + path.partition("?")[0]

    def _note_clock(self, date: str) -> None:
        there = read_date(date)
        if there is not None:
            self.clock_offset_us = there - self._now()
