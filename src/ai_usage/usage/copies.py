"""Choose between several copies of one request: a ranking, and the copies that a later merge may need.

A copy in a side chain (a sub-agent's or an aside's transcript) may be a more complete copy of the one in its parent's
transcript, or the same answer read back with other counts. Only a comparison with the parent's copy shows which, so
copies that may be more complete are kept until then. A set of copies is reduced to those that no other one covers;
reducing is the same in any order and any number of times, because covering is a partial order.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple


class Copy(NamedTuple):
    """The fields of one copy of a request, except its times."""

    model: str
    effort: str | None
    fast_tier: int
    input_tokens: int
    cache_read_input_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int | None
    cost_input: float | None
    cost_output: float | None
    cost_cache_read: float | None
    cost_cache_creation: float | None
    session_id: str | None
    cwd: str | None
    git_branch: str | None
    service_tier: str | None
    region: str | None
    web_searches: int
    side_chain: int
    unreconciled: int
    request: int
    """A hash of the request's id; 0 if the log has none."""


Rank = tuple[bool, int, int, int]
"""Whether it retracts the request, output, total, amount of detail; the copy with the higher rank counts."""

_PLACE: Final = ("session_id", "cwd", "git_branch", "side_chain", "request")
"""Fields that the parent's copy keeps when a side chain has the more complete copy."""


def rank(fields: tuple[Any, ...]) -> Rank:
    """Rank a copy, regardless of its place and its times.

    Args:
        fields: the copy's fields from `model` to `cost_output`.
    """
    model, effort, fast_tier, fresh, read, short, long, output, reasoning, _, cost_output = fields
    total = fresh + read + short + long + output
    costs_nothing = cost_output is None
    detail = (
        (long > 0)
        + (fast_tier >= 0)
        + (effort is not None)
        + bool(reasoning)
        + (not costs_nothing)
        + (model != "unknown")
    )
    return costs_nothing and total == 0 and not reasoning, output, total, detail


def reduce(copies: Iterable[Copy]) -> tuple[Copy, ...]:
    """Return the copies that no other copy covers, the best first."""
    kept: list[Copy] = []
    for copy in sorted({repr(copy): copy for copy in copies}.values(), key=_order):
        if not any(_covers(other, copy) for other in kept):
            kept.append(copy)
    return tuple(kept)


def choose(copies: tuple[Copy, ...]) -> Copy:
    """Merge reduced copies: the parent's copy, or the most complete copy of the parent's request.

    The parent's place is kept. Copies belong to one request if they share its id or the counts of the prompt.
    """
    parent = next((copy for copy in copies if not copy.side_chain), None)
    if parent is None or copies[0] is parent:
        return copies[0]
    fullest = next(copy for copy in copies if copy is parent or _is_same_request(parent, copy))
    if fullest is parent:
        return parent
    return fullest._replace(**{name: getattr(parent, name) for name in _PLACE})


def _order(copy: Copy) -> tuple[bool, int, int, int, int, str, int]:
    """Order copies, the best first; the text contains the fields that the ranking ignores."""
    retracted, output, total, detail = rank(copy[:11])
    return not retracted, -output, -total, -detail, copy.side_chain, repr(tuple(copy[:-1])), -copy.request


def _covers(one: Copy, other: Copy) -> bool:
    """Whether a copy makes a lower-ranked one superfluous, regardless of other copies."""
    if not one.side_chain or rank(one[:11])[0]:
        return True
    return bool(other.side_chain) and one[3:7] == other[3:7] and other.request in (0, one.request)


def _is_same_request(parent: Copy, copy: Copy) -> bool:
    return parent[3:7] == copy[3:7] or 0 != parent.request == copy.request
