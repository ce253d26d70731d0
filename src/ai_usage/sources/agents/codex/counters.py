"""A Codex counter: six running totals, how two of them differ, and which kinds of tokens they stand for."""

from operator import add, sub
from typing import Final

from msgspec.structs import astuple

from ai_usage.sources.agents.codex.lines import Usage

Counters = tuple[int, int, int, int, int, int]
"""Input (all of it), cached, cache write, output (all of it), reasoning, total."""

NOTHING: Final[Counters] = (0, 0, 0, 0, 0, 0)


Kinds = tuple[int, int, int, int, int, int]
"""Input, cache read, cache write, output; the reasoning in it; 1 when they do not add up to the log's total."""


def read_counters(usage: Usage) -> Counters:
    """Take the counters out of a line; what is missing is 0."""
    counters: Counters = astuple(usage)
    return counters if None not in counters else tuple(part or 0 for part in counters)  # type: ignore[return-value]


def spell(counters: Counters) -> str:
    """Spell counters as one side of a key."""
    return "%d,%d,%d,%d,%d,%d" % counters  # noqa: UP031 -- a fifth faster than an f-string


def was_reset(before: Counters, after: Counters) -> bool:
    """Whether a counter started again from zero: otherwise none of its parts ever sinks."""
    a, b, c, d, e, f = before
    g, h, i, j, k, l = after  # noqa: E741
    return g < a or h < b or i < c or j < d or k < e or l < f


def difference(before: Counters, after: Counters) -> Counters:
    """What was added to a counter that was not reset."""
    return tuple(map(sub, after, before))


def added(before: Counters, more: Counters) -> Counters:
    """Where a counter stands after a request."""
    return tuple(map(add, before, more))


def tells_nothing(counters: Counters) -> bool:
    """Whether all parts are 0; the total alone may be an estimate of the context's size."""
    return not any(counters[:5])


def is_restated(last: Usage | None) -> bool:
    """Whether an event says that it tells no request: its counts are there, and all parts are 0."""
    return last is not None and last.input_tokens is not None and last.output_tokens is not None


def beyond(before: Counters, after: Counters, last: Counters) -> Counters | None:
    """Return what a counter moved by beyond the last request, if it did so in input, output and total.

    Args:
        before: the counter at the event before.
        after: the counter now.
        last: what this event says of its request.
    """
    more = difference(last, difference(before, after))
    return more if min(more) >= 0 and more[0] and more[3] and more[5] else None


def split(counters: Counters) -> Kinds:
    """Split a request's counts into disjoint kinds.

    Input holds the cached part and output the reasoning, unless the log's own total says otherwise: then the reading
    that adds up to it is taken, and without any the request is marked as not reconciled.
    """
    given, cached, written, output, reasoning, total = counters
    if total == given + output and cached + written <= given and reasoning <= output:
        return given - cached - written, cached, written, output, reasoning, 0
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
        return *split((given, cached, written, output, reasoning, 0))[:5], 1
    if not apart:
        cached = min(cached, given)
        written = min(written, given - cached)
        given -= cached + written
    return given, cached, written, output, min(reasoning, output), 0
