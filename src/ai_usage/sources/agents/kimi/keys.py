"""Keys of requests for both generations of Kimi."""

from typing import NamedTuple, TypeGuard

from ai_usage.sources.agents.kimi.counts import Counts
from ai_usage.sources.fields import fit_key
from ai_usage.sources.request_id import identifies_request


class By(NamedTuple):
    """The session and agent that made a request."""

    agent: str
    named: bool
    """Whether this is a sub-agent's unique id; `main` and tool calls have the same name in many sessions."""


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
    fresh, read, written, output = counts
    return fit_key(f"kimi:record:{session}:{agent}:{time // 1000}:{fresh},{read},{written},{output}")


def is_counted_up(answer: str | None) -> TypeGuard[str]:
    """Whether there is an id which does not identify a request."""
    return bool(answer) and not identifies_request(answer or "")


def is_told_apart(answer: str | None, by: By) -> bool:
    """Whether an answer's id, and a sub-agent's own one, make a key that all copies of a request have."""
    return bool(answer) and (by.named or not is_counted_up(answer))


def status_key(answer: str | None, by: By, session: str, time: int, counts: Counts) -> str:
    """Identify a request of Kimi CLI; empty if it has neither an id nor a time that identifies it."""
    if answer and identifies_request(answer):
        return response_key(answer)
    if answer and by.named:
        return _counted_up_key(answer, f"agent:{by.agent}", counts)
    if not time:
        return ""
    if answer:
        return _counted_up_key(answer, f"at:{time // 1000}", counts)
    return record_key(session, by.agent, time, counts)


def step_key(answer: str | None, step: str | None, time: int, counts: Counts) -> str:
    """Identify the request of a step of Kimi Code: by the answer's id if that identifies, else by the step's."""
    told = answer or step or ""
    if identifies_request(told):
        return response_key(told)
    if step:
        return response_key(step)
    return _counted_up_key(told, f"at:{time // 1000}", counts)


def _counted_up_key(answer: str, place: str, counts: Counts) -> str:
    """Identify a request by a consecutive id, which a server may repeat, and by the fields that its copies share.

    Args:
        answer: the id.
        place: `at:<time in ms>`, which forks copy; `agent:<id>` for a sub-agent, whose parent notes it a little later.
        counts: what it used.
    """
    return fit_key(f"kimi:response:{answer}:{place}:{','.join(map(str, counts))}")
