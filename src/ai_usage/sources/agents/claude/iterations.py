"""The requests of one answer: those included in its own figures, and those billed in addition."""

from typing import Final, NamedTuple

from ai_usage.sources.agents.claude.answer import read_counts, read_speed
from ai_usage.sources.agents.claude.lines import Iteration
from ai_usage.sources.fields import clean_model, fit_key
from ai_usage.usage.record import UsageRecord

_ATTEMPTS: Final = frozenset({None, "message", "fallback_message"})
_BESIDE: Final = frozenset({"advisor_message", "compaction"})
"""Requests that are not in the answer's own figures, unless the figures are the sum of all requests."""

_Figures = tuple[int, int, int, int]
"""Input, cache read, cache write, output: how long a write lasts is told for the answer, but not always for each
request behind it."""


class Within(NamedTuple):
    """The records from the iterations of an answer."""

    records: list[UsageRecord]
    """Requests beside the answer's own."""
    former: list[UsageRecord]
    """Records that parser version 1 gave by mistake."""


NOTHING: Final = Within([], [])


def records_within(record: UsageRecord, iterations: list[Iteration]) -> Within:
    """Return the requests of an answer besides its own: declined attempts, an adviser's, a compaction's.

    Args:
        record: the answer's record, with the figures of its line.
        iterations: the answer's iterations.
    """
    counts = [read_counts(iteration) for iteration in iterations]
    figures = [(fresh, read, short + long, output) for fresh, read, short, long, output, _ in counts]
    own = (record[8], record[9], record[10] + record[11], record[12])
    if _sum(figures) == own:
        return NOTHING
    within = Within([], [])
    inside = _inside(iterations, figures, own, record.model)
    for index, (iteration, (fresh, read, short, long, output, thinking)) in enumerate(
        zip(iterations, counts, strict=True)
    ):
        kind = iteration.type
        request = record._replace(
            dedup_key=fit_key(f"{record.dedup_key}:{kind}:{index}"),
            model=clean_model(iteration.model) if iteration.model else record.model,
            fast_tier=read_speed(iteration.speed),
            input_tokens=fresh,
            cache_read_input_tokens=read,
            cache_creation_5m_input_tokens=short,
            cache_creation_1h_input_tokens=long,
            output_tokens=output,
            reasoning_output_tokens=thinking,
            cost_input=None,
            cost_output=None,
            cost_cache_read=None,
            cost_cache_creation=None,
            web_searches=0,
        )
        # An attempt that was declined before it wrote anything is not billed.
        if index not in inside and (output or kind not in _ATTEMPTS):
            within.records.append(request)
        elif kind not in (None, "message"):
            within.former.append(request)
    return within


def _inside(iterations: list[Iteration], figures: list[_Figures], own: _Figures, model: str) -> set[int]:
    """Find the iterations that the answer's own figures include.

    Usually that is every attempt. Where a model declined and another one served (`fallback_message`), the answer's
    figures are those of the last attempt, or the sum of the last few. The list may lack the attempts of the model that
    served: then those of other models stand beside the answer.
    """
    attempts = [index for index, each in enumerate(iterations) if each.type in _ATTEMPTS]
    inside = {
        index
        for index, each in enumerate(iterations)
        if each.type not in _ATTEMPTS | _BESIDE and figures[index] == own
    }
    others = {
        index for index in attempts if (named := iterations[index].model) and clean_model(named) != model
    }
    if all(iterations[index].type != "fallback_message" for index in attempts):
        too_large = {index for index in others if any(map(int.__gt__, figures[index], own))}
        return inside.union(attempts) - too_large
    for begin in reversed(range(len(attempts))):
        last = attempts[begin:]
        if _sum([figures[index] for index in last]) == own:
            return inside.union(last)
    return inside.union(set(attempts[-1:]) - others)


def _sum(figures: list[_Figures]) -> _Figures:
    fresh, read, written, output = map(sum, zip(*figures, strict=True))
    return fresh, read, written, output
