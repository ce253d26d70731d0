"""Notes: the limits of a report's figures that a reader must know."""

from collections.abc import Collection
from typing import NamedTuple

from ai_usage.report.question import CostMode, Question
from ai_usage.usage.group import Doubts
from ai_usage.usage.total import Total

_NAMED_MODELS = 5
_LONGEST_NAME = 60


class Caveats(NamedTuple):
    """Facts about a report that may need a note."""

    unpriced_models: Collection[str]
    """Ids, as logged, of models with unpriced tokens."""
    doubts: Doubts
    other_machines: bool
    """Whether any row holds requests of another machine."""
    overlapping: bool
    """Whether one request may be counted for several of the chosen machines."""


def notes_on(question: Question, total: Total, caveats: Caveats) -> tuple[str, ...]:
    """Write the notes; those that concern the most money come first.

    Args:
        question: the question of the report.
        total: the sum of all rows.
        caveats: facts that may need a note.
    """
    doubts = caveats.doubts
    notes = []
    if total.unpriced_tokens:
        notes.append(_unpriced(question.cost_mode, total.unpriced_tokens, sorted(caveats.unpriced_models)))
    if caveats.overlapping:
        notes.append("A request that several of the chosen machines hold is counted for each of them.")
    if caveats.other_machines:
        notes.append(
            "Costs from other machines leave out web-search fees and service tiers, which are not synced."
        )
    if doubts.oversized:
        notes.append(
            f"{_requests(doubts.oversized)} left out of the sums, because a count is above 2^53"
            " or the cost above $10,000."
        )
    if doubts.undated:
        notes.append(
            f"{_requests(doubts.undated)} dated by the log file's last change, because the log gives no usable time."
        )
    if doubts.unreconciled:
        notes.append(
            f"{_requests(doubts.unreconciled)} counted by parts that do not add up to the total in the log."
        )
    return tuple(notes)


def note_on_limit(limit: int, count: int) -> str:
    """Write the note that a report has only the first of many sessions.

    Args:
        limit: the number of sessions in the report.
        count: the number of all sessions.
    """
    return f"The first {limit:,} of {count:,} sessions are shown and summed; leave --limit out for all."


def _unpriced(mode: CostMode, tokens: int, models: list[str]) -> str:
    names = ", ".join(
        model if len(model) <= _LONGEST_NAME else f"{model[:_LONGEST_NAME]}..."
        for model in models[:_NAMED_MODELS]
    )
    if len(models) > _NAMED_MODELS:
        names += f" and {len(models) - _NAMED_MODELS} more"
    if mode is CostMode.DISPLAY:
        return f"{tokens:,} tokens have no recorded cost and are left out of the costs: {names}."
    return f"{tokens:,} tokens have no known price and are left out of the costs: {names}."


def _requests(count: int) -> str:
    return "1 request is" if count == 1 else f"{count:,} requests are"
