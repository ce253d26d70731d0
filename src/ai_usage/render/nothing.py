"""The message for a report without rows."""

from datetime import timedelta

from ai_usage.config.zone import Zone
from ai_usage.report.question import Question
from ai_usage.usage.instant import MINUTE
from ai_usage.usage.window import Window, local_date, start_of_day, to_local


def tell_nothing(question: Question) -> str:
    """Say that there is no usage, and what to try.

    Args:
        question: the question of the report.
    """
    when = _window_in_words(question.window, question.now, question.zone)
    filtered = any(question.filters)
    wider = [*(["--all"] if when else []), *(["fewer filters"] if filtered else [])]
    look = "run `ai-usage sources` to see where logs are read from."
    if not wider:
        return f"No usage yet. {look.capitalize()}"
    return f"No usage{when}{' under these filters' if filtered else ''}. Try {' or '.join(wider)}, or {look}"


def _window_in_words(window: Window, now: int, zone: Zone) -> str:
    """Write what follows "No usage", for example ` in the last 7 days`; empty for a window of all time."""
    start, end = window
    today = local_date(now, zone.rules)
    tomorrow = start_of_day(today + timedelta(days=1), zone.rules)
    if (
        start is not None
        and end == tomorrow
        and start == start_of_day(local_date(start, zone.rules), zone.rules)
    ):
        days = (today - local_date(start, zone.rules)).days + 1
        return " today" if days == 1 else f" in the last {days:,} days"
    since = "" if start is None else f" from {_moment(start, start, zone)}"
    until = "" if end is None or end == tomorrow else f" up to {_moment(end - MINUTE, end, zone)}"
    return since + until


def _moment(instant: int, edge: int, zone: Zone) -> str:
    """Write the day of an instant, with the minute if the window's edge is not midnight."""
    whole = edge == start_of_day(local_date(edge, zone.rules), zone.rules)
    return to_local(instant, zone.rules).strftime("%Y-%m-%d" if whole else "%Y-%m-%d %H:%M")
