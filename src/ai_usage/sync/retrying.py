"""Retry policy: which failures are worth another attempt, how long to wait, and when to stop."""

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from ai_usage.errors import ServerError
from ai_usage.usage.instant import from_datetime

LONGEST_RETRY_AFTER_S: Final = 60.0
_LONGEST_SHOWN_S: Final = 100 * 365 * 86_400
"""A century: a longer Retry-After is cut to this, so that its end is a valid date."""
_PASSING_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Patience(NamedTuple):
    """How often to retry a request, and how long to wait."""

    retries: int = 5
    first_wait_s: float = 1.1
    longest_wait_s: float = 30.0
    jitter_s: float = 1.0
    unreachable_s: float = 5.0
    """The total time to retry a server that refuses connections or whose name is unknown."""


class Passing(Exception):
    """A failure that may be temporary."""

    def __init__(
        self, meaning: ServerError, brief: str, *, wait_s: float | None = None, unreachable: bool = False
    ) -> None:
        """Describe the failure.

        Args:
            meaning: the error to raise when no attempt succeeds.
            brief: a short description.
            wait_s: the wait that the server asks for.
            unreachable: whether no connection was made.
        """
        super().__init__(str(meaning))
        self.meaning = meaning
        self.brief = brief
        self.wait_s = wait_s
        self.unreachable = unreachable


def may_pass(status: int) -> bool:
    """Tell whether a request with this status is worth another attempt."""
    return status in _PASSING_STATUSES


def attempt(patience: Patience, send: Callable[[], bytes], retrying: Callable[[int, str], None]) -> bytes:
    """Send a request, with retries, and return the answer's body.

    Args:
        patience: how often to retry, and how long to wait.
        send: makes one attempt; raises `Passing` for a failure that may be temporary.
        retrying: called with the number of the next attempt and the reason of the last failure.

    Raises:
        ServerError: the failure of the last attempt.
    """
    began = time.monotonic()
    number = 0
    while True:
        number += 1
        try:
            return send()
        except Passing as failure:
            wait_s = _wait_after(failure, number, patience, time.monotonic() - began)
            if wait_s is None:
                raise failure.meaning from failure
            retrying(number + 1, failure.brief)
        time.sleep(wait_s)


def _wait_after(failure: Passing, number: int, patience: Patience, elapsed_s: float) -> float | None:
    """Return the seconds to wait after an attempt, None to stop."""
    if number > patience.retries:
        return None
    if failure.unreachable:
        return patience.first_wait_s if elapsed_s + patience.first_wait_s <= patience.unreachable_s else None
    if failure.wait_s is not None:
        return max(failure.wait_s, patience.first_wait_s)
    backoff_s = patience.first_wait_s * 2.0 ** (number - 1)
    return min(backoff_s + random.uniform(0, patience.jitter_s), patience.longest_wait_s)  # noqa: S311  # no secret


def read_retry_after(values: Sequence[str]) -> float | None:
    """Read the Retry-After headers of an answer; return the longest wait in seconds, None if none is readable.

    A header is a whole number of seconds or an HTTP date (RFC 9110, section 10.2.3); anything else is ignored.
    """
    waits = [wait for value in values if (wait := _read_wait(value.strip())) is not None]
    return max(waits, default=None)


def read_date(text: str) -> int | None:
    """Read an HTTP date as an instant; None for anything else."""
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        return from_datetime(parsedate_to_datetime(text).astimezone(UTC))
    return None


def _read_wait(value: str) -> float | None:
    if value.isascii() and value.isdecimal():
        return float(min(int(value[:12]), _LONGEST_SHOWN_S))
    until = read_date(value)
    if until is None:
        return None
    return min(max(0.0, until / 1_000_000 - datetime.now(UTC).timestamp()), _LONGEST_SHOWN_S)
