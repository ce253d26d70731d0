"""Notes: what a reader must know to trust the figures of a report."""

from collections.abc import Collection

from ai_usage.report.question import CostMode, Question
from ai_usage.usage.group import Doubts
from ai_usage.usage.total import Total

_NAMED_MODELS = 5


def notes_on(
    question: Question,
    total: Total,
    unpriced_models: Collection[str],
    doubts: Doubts,
    *,
    other_machines: bool,
    overlapping: bool,
) -> tuple[str, ...]:
    """Write the notes, the ones that concern most money first.

    Args:
        question: what was asked.
        total: over all rows.
        unpriced_models: ids as logged.
        doubts: counts of records that deserve a note.
        other_machines: whether figures of other machines are in it.
        overlapping: whether one request may be counted for several of the chosen machines.
    """
    notes = []
    if total.unpriced_tokens:
        notes.append(_unpriced(question.cost_mode, total.unpriced_tokens, sorted(unpriced_models)))
    if overlapping:
        notes.append("A request that several of the chosen machines hold is counted for each of them.")
    if other_machines:
        notes.append(
            "Costs of other machines are without web searches and without the tiers that only their logs tell."
        )
    if doubts.oversized:
        notes.append(f"{_requests(doubts.oversized)} left out of the sums for a count above 2^53.")
    if doubts.undated:
        notes.append(
            f"{_requests(doubts.undated)} dated by the log file's last change, for want of a usable time."
        )
    if doubts.unreconciled:
        notes.append(
            f"{_requests(doubts.unreconciled)} counted by parts that do not add up to the total in the log."
        )
    return tuple(notes)


def _unpriced(mode: CostMode, tokens: int, models: list[str]) -> str:
    names = ", ".join(models[:_NAMED_MODELS])
    if len(models) > _NAMED_MODELS:
        names += f" and {len(models) - _NAMED_MODELS} more"
    if mode is CostMode.DISPLAY:
        return f"{tokens:,} tokens have no recorded cost and are in no cost here: {names}."
    return f"{tokens:,} tokens have no known price and are in no cost here: {names}."


def _requests(count: int) -> str:
    return "1 request is" if count == 1 else f"{count:,} requests are"
