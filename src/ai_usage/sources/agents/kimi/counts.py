"""What both generations of Kimi share: disjoint counts, and the key of a request whose answer has no id."""

from typing import NamedTuple

from ai_usage.sources.fields import fit_key


class Counts(NamedTuple):
    """Tokens of one request, disjoint."""

    input: int
    cache_read: int
    cache_write: int
    output: int


def response_key(answer: str) -> str:
    """Identify a request by the id of its answer."""
    return fit_key(f"kimi:response:{answer}")


def record_key(session: str, agent: str, time: int, counts: Counts) -> str:
    """Identify a request by who made it, when, and what it used.

    Args:
        session: the session that made it, not one that was forked from it later.
        agent: `main` or the sub-agent's id.
        time: microseconds since 1970.
        counts: what it used.
    """
    return fit_key(f"kimi:record:{session}:{agent}:{time // 1000}:{','.join(map(str, counts))}")
