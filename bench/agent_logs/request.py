"""One billed request and the session it belongs to, as the writers of logs need them."""

import random
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

DAY_MS = 86_400_000


class Request(NamedTuple):
    """One billed request; the five kinds are disjoint, `reasoning` is inside `output`."""

    at: int
    """When the first line about it is written, in milliseconds since 1970."""
    model: str
    input: int
    cache_read: int
    write_5m: int
    write_1h: int
    output: int
    reasoning: int


class Session(NamedTuple):
    """What all lines of one transcript share."""

    id: str
    cwd: str
    start: int
    """Milliseconds since 1970."""


@lru_cache(maxsize=4096)
def day_of(day: int) -> str:
    """Write a day as ISO 8601.

    Args:
        day: days since 1970, UTC.
    """
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


def iso(at: int) -> str:
    """Write an instant (milliseconds since 1970) as agents do: `2026-05-01T09:00:01.500Z`."""
    day, ms = divmod(at, DAY_MS)
    seconds, ms = divmod(ms, 1000)
    return f"{day_of(day)}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}Z"


def uuid4(rng: random.Random) -> str:
    """Draw a random UUID from a seeded generator."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def uuid7(rng: random.Random, at: int) -> str:
    """Draw a UUID that begins with its time, as Codex uses for sessions and turns."""
    text = f"{at:012x}{rng.getrandbits(80):020x}"
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-b{text[17:20]}-{text[20:]}"
