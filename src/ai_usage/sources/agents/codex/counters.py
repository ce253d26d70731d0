"""A Codex counter: six running totals, the difference of two counters, and the kinds of tokens in them."""

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
    """Read the counters of a line; missing ones are 0."""
    counters: Counters = astuple(usage)
    return counters if None not in counters else tuple(part or 0 for part in counters)  # type: ignore[return-value]


def spell(counters: Counters) -> str:
    """Write counters as one part of a key."""
    return "%d,%d,%d,%d,%d,%d" % counters  # noqa: UP031 -- a fifth faster than an f-string


def was_reset(before: Counters, after: Counters) -> bool:
    """Whether a counter started again from zero: otherwise its parts never decrease."""
    a, b, c, d, e, f = before
    g, h, i, j, k, l = after  # noqa: E741
    return g < a or h < b or i < c or j < d or k < e or l < f


def difference(before: Counters, after: Counters) -> Counters:
    """What was added to a counter that was not reset."""
    return tuple(map(sub, after, before))


def added(before: Counters, more: Counters) -> Counters:
    """Return the counter after a request."""
    return tuple(map(add, before, more))


def tells_nothing(counters: Counters) -> bool:
    """Whether all parts are 0; the total alone may be an estimate of the context's size."""
    return not any(counters[:5])


def is_restated(last: Usage | None) -> bool:
    """Whether an event explicitly contains no request: it has counts, and all of them are 0."""
    return last is not None and last.input_tokens is not None and last.output_tokens is not None


def beyond(before: Counters, after: Counters, last: Counters) -> Counters | None:
    """Return how much a counter grew beyond the last request, if it did in input, output and total.

    Args:
        before: the counter at the event before.
        after: the counter now.
        last: the request of this event.
    """
    more = difference(last, difference(before, after))
    return more if min(more) >= 0 and more[0] and more[3] and more[5] else None


def split(counters: Counters) -> Kinds:
    """Split a request's counts into disjoint kinds.

    Input includes the cached part and output the reasoning, unless the log's total differs: then the interpretation
    that adds up to it is used; without one, the request is marked as not reconciled.
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
