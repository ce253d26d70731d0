"""Which of several copies of one request is believed: a ranking, and which copies may still matter.

A copy in a side chain (a sub-agent's or an aside's transcript) may be a fuller copy of what its parent's transcript
holds, or the same answer read back with other counts. Which of the two it is shows only beside the parent's copy, so
copies that may turn out to be fuller are kept until then. A set of copies is reduced to those that no other one covers;
reducing is the same in any order and any number of times, because covering is a partial order.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple


class Copy(NamedTuple):
    """What one copy of a request says, beside when it was made."""

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
    """A hash of the id of the request; 0 where the log has none."""


Rank = tuple[bool, int, int, int]
"""Whether it takes the request back, output, total, how much detail it has; the higher one is believed."""

_PLACE: Final = ("session_id", "cwd", "git_branch", "side_chain", "request")
"""What a parent's copy keeps of its own where a side chain has the fuller copy."""


def rank(fields: tuple[Any, ...]) -> Rank:
    """Rank a copy. Where it stands and when it was made take no part.

    Args:
        fields: of the copy, from `model` to `cost_output`.
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
    """Return the copies that none of the others covers, the best first."""
    kept: list[Copy] = []
    for copy in sorted({repr(copy): copy for copy in copies}.values(), key=_order):
        if not any(_covers(other, copy) for other in kept):
            kept.append(copy)
    return tuple(kept)


def choose(copies: tuple[Copy, ...]) -> Copy:
    """Return what reduced copies say together: the parent's, or of copies of the parent's request the fullest.

    The parent keeps its place. Copies are of one request if they share its id or the counts of the prompt.
    """
    parent = next((copy for copy in copies if not copy.side_chain), None)
    if parent is None or copies[0] is parent:
        return copies[0]
    fullest = next(copy for copy in copies if copy is parent or _is_same_request(parent, copy))
    if fullest is parent:
        return parent
    return fullest._replace(**{name: getattr(parent, name) for name in _PLACE})


def _order(copy: Copy) -> tuple[bool, int, int, int, int, str, int]:
    """Order copies, the best one first; the text spells out all that the ranking does not see."""
    retracted, output, total, detail = rank(copy[:11])
    return not retracted, -output, -total, -detail, copy.side_chain, repr(tuple(copy[:-1])), -copy.request


def _covers(one: Copy, other: Copy) -> bool:
    """Whether a copy makes a lower one superfluous, whatever other copies there are."""
    if not one.side_chain or rank(one[:11])[0]:
        return True
    return bool(other.side_chain) and one[3:7] == other[3:7] and other.request in (0, one.request)


def _is_same_request(parent: Copy, copy: Copy) -> bool:
    return parent[3:7] == copy[3:7] or 0 != parent.request == copy.request
