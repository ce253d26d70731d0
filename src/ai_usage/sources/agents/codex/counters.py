"""A Codex counter: six running totals, how two of them differ, and which kinds of tokens they stand for."""

from operator import lt, sub
from typing import Final, NamedTuple

from ai_usage.sources.agents.codex.lines import Usage
from ai_usage.sources.fields import count
from ai_usage.usage.record import MAX_STORABLE

Counters = tuple[int, int, int, int, int, int]
"""Input (all of it), cached, cache write, output (all of it), reasoning, total."""

NOTHING: Final[Counters] = (0, 0, 0, 0, 0, 0)


class Kinds(NamedTuple):
    """The disjoint kinds of one request."""

    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int
    unreconciled: int


def read_counters(usage: Usage) -> Counters:
    """Take the counters out of a line; what is missing is 0."""
    counters = (
        usage.input_tokens or 0,
        usage.cached_input_tokens or 0,
        usage.cache_write_input_tokens or 0,
        usage.output_tokens or 0,
        usage.reasoning_output_tokens or 0,
        usage.total_tokens or 0,
    )
    if min(counters) < 0 or max(counters) > MAX_STORABLE:
        return tuple(map(count, counters))  # type: ignore[return-value]  # six parts stay six
    return counters


def spell(counters: Counters) -> str:
    """Spell counters as one side of a key."""
    given, cached, written, output, reasoning, total = counters
    return f"{given},{cached},{written},{output},{reasoning},{total}"


def was_reset(before: Counters, after: Counters) -> bool:
    """Whether a counter began anew: none of its parts ever sinks otherwise."""
    return any(map(lt, after, before))


def difference(before: Counters, after: Counters) -> Counters:
    """What was added to a counter that was not reset."""
    return tuple(map(sub, after, before))


def split(counters: Counters) -> Kinds:
    """Split a request's counts into disjoint kinds.

    Input holds the cached part and output the reasoning, unless the log's own total says otherwise: then the reading
    that adds up to it is taken, and without any the request is marked as not reconciled.
    """
    given, cached, written, output, reasoning, total = counters
    if total == given + output or not total:
        apart = False
    elif total == given + output + reasoning:
        apart = False
        output += reasoning
    elif total == given + cached + written + output:
        apart = True
    elif total == given + cached + written + output + reasoning:
        apart = True
        output += reasoning
    else:
        return split((given, cached, written, output, reasoning, 0))._replace(unreconciled=1)
    if not apart:
        cached = min(cached, given)
        written = min(written, given - cached)
        given -= cached + written
    return Kinds._make((given, cached, written, output, min(reasoning, output), 0))
