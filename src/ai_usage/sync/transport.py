"""Requests to the server: headers, limits, retries, and every way in which HTTP fails as one clear error."""

import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple, TypeVar

import httpx2
import msgspec
import stamina
import stamina.instrumentation

from ai_usage import __version__
from ai_usage.config.https import trusted_authorities
from ai_usage.errors import ServerError
from ai_usage.sync.progress import Progress
from ai_usage.sync.refusals import (
    CursorLost,
    NotSupported,
    TooMuch,
    UploadRefused,
    explain_status,
    explain_transport,
)
from ai_usage.usage.instant import from_datetime, to_text
from ai_usage.wire.messages import CLIENT_HEADER

MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
LONGEST_RETRY_AFTER_S: Final = 60.0
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_DEADLINE_FACTOR: Final = 20
"""An answer that trickles may take this many times the timeout of one wait."""

Message = TypeVar("Message")


class Patience(NamedTuple):
    """How often and how long to wait for a server that may come back."""

    retries: int = 5
    first_wait_s: float = 1.1
    longest_wait_s: float = 30.0
    jitter_s: float = 1.0


class Identity(NamedTuple):
    """Where the server is, and as whom this machine speaks to it."""

    url: str
    token: str
    machine_id: str
    installation: str
    """64 hex: which ledger on which machine writes."""
    timeout_s: float


class _Passing(Exception):
    """A failure that may be over in a moment."""

    def __init__(self, meaning: ServerError, wait_s: float | None = None) -> None:
        super().__init__(str(meaning))
        self.meaning = meaning
        self.wait_s = wait_s


class Transport:
    """The way to one person's server."""

    def __init__(
        self,
        identity: Identity,
        patience: Patience,
        now: Callable[[], int],
        progress: Progress,
    ) -> None:
        """Be ready; nothing is sent yet.

        Args:
            identity: of this machine, and of the server.
            patience: with a server that does not answer.
            now: this machine's clock, an instant.
            progress: told when it takes more than one try.

        Raises:
            ServerError: the file of trusted authorities cannot be read.
        """
        self.url = identity.url
        self.clock_offset_us = 0
        """The server's clock less this machine's, by its last answer."""
        self.requests = 0
        """How many were sent."""
        self._counting = threading.Lock()
        self._patience = patience
        self._now = now
        self._progress = progress
        self._machine_id = identity.machine_id
        self._deadline_s = _DEADLINE_FACTOR * identity.timeout_s
        stamina.instrumentation.set_on_retry_hooks([])
        try:
            verify = trusted_authorities(os.environ)
        except OSError as error:
            raise ServerError(f"SSL_CERT_FILE: {error.strerror or error}") from error
        self._client = httpx2.Client(
            base_url=identity.url,
            headers={
                "authorization": f"Bearer {identity.token}",
                CLIENT_HEADER: identity.machine_id,
                "user-agent": f"ai-usage/{__version__}",
            },
            verify=verify,
            timeout=identity.timeout_s,
            follow_redirects=False,
        )

    def close(self) -> None:
        """End it; requests that wait for an answer in another thread fail."""
        self._client.close()

    def call(self, method: str, path: str, message: type[Message], **options: Any) -> Message:
        """Send a request, again while that may help, and decode the answer.

        Args:
            method: of HTTP.
            path: from the server's root.
            message: what the answer is read as.
            options: for httpx2, such as `params`.

        Raises:
            ServerError: there is no answer, or none that can be used; subclasses say what the server refused.
        """
        patience = self._patience
        try:
            for attempt in stamina.retry_context(
                on=_wait_after,
                attempts=patience.retries + 1,
                timeout=None,
                wait_initial=patience.first_wait_s,
                wait_max=patience.longest_wait_s,
                wait_jitter=patience.jitter_s,
            ):
                if attempt.num > 1:
                    self._progress("waiting for the server, try", attempt.num, 0)
                with attempt:
                    answer = self._send(method, path, options)
        except _Passing as passing:
            raise passing.meaning from passing
        try:
            return msgspec.json.decode(answer, type=message)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ServerError(
                f"{self.url}{path} did not answer in the words of an ai-usage-server; is a proxy in between, "
                "and is server_url right?"
            ) from error

    def _send(self, method: str, path: str, options: Mapping[str, Any]) -> bytes:
        with self._counting:
            self.requests += 1
        began = time.monotonic()
        try:
            with self._client.stream(method, path, **options) as answer:
                self._note_clock(answer.headers.get("date"))
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise ServerError(
                            f"{self.url}{path} answered with more than 64 MiB; nothing of it was used"
                        )
                    if time.monotonic() - began > self._deadline_s:
                        raise ServerError(
                            f"{self.url}{path} was still sending after {self._deadline_s:g} s; nothing of it was used"
                        )
        except httpx2.TransportError as error:
            raise _Passing(explain_transport(self.url, error)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise ServerError(f"{self.url}{path}: {error}") from error
        except RuntimeError as error:
            if not self._client.is_closed:
                raise
            raise ServerError(f"{self.url}{path}: nobody waits for the answer any more") from error
        if answer.status_code == 200:
            return bytes(body)
        raise self._failure(path, answer, bytes(body))

    def _failure(self, path: str, answer: httpx2.Response, body: bytes) -> Exception:
        """Return what a status other than 200 means."""
        status = answer.status_code
        text = body[:400].decode("utf-8", "replace").strip()
        if status == 409 and path == "/v1/pull":
            return CursorLost(text)
        if status == 404 and path.startswith("/v1/integrity/"):
            return NotSupported(path)
        if path == "/v1/upload":
            if status == 413 or (status == 400 and text == "batch exceeds max_batch_records"):
                return TooMuch(text)
            line = re.match(r"line (\d{1,9}): (.+)", text) if status == 400 else None
            if line is not None:
                return UploadRefused(int(line[1]), line[2])
        meaning = explain_status(self.url + path, self._machine_id, status, text, answer.headers)
        if status not in _PASSING:
            return meaning
        wait_s = _retry_after(answer.headers.get("retry-after"))
        if wait_s is not None and wait_s > LONGEST_RETRY_AFTER_S:
            until = to_text(self._now() + int(wait_s * 1_000_000))[:19]
            return ServerError(f"{meaning}; it asks to come back in {wait_s:.0f} s, at {until}Z")
        return _Passing(meaning, wait_s)

    def _note_clock(self, date: str | None) -> None:
        try:
            there = from_datetime(parsedate_to_datetime(date or "").astimezone(UTC))
        except (ValueError, TypeError, OverflowError):
            return
        self.clock_offset_us = there - self._now()


def _wait_after(error: Exception) -> bool | float:
    """Say whether to send a request again, and after how many seconds if the server named them."""
    if not isinstance(error, _Passing):
        return False
    return True if error.wait_s is None else error.wait_s


def _retry_after(value: str | None) -> float | None:
    """Read a Retry-After, which is a number of seconds or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value[:12])
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
