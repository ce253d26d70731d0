"""Completions of a line of the prompt."""

from collections.abc import Sequence
from datetime import timedelta

from ai_usage.monitor.look import ALL_GROUPINGS, ALL_SORTS, SPLITS
from ai_usage.monitor.words import EVERY, WORDS, Facts


def completions(text: str, facts: Facts) -> list[str]:
    """Return the complete lines for a beginning, the likeliest first."""
    word, blank, rest = text.lstrip().partition(" ")
    if not blank:
        return [
            name + (" " if WORDS[name].arguments else "") for name in WORDS if name.startswith(word.lower())
        ]
    name = word.lower()
    yesterday = facts.today - timedelta(days=1)
    day_names = [facts.today.isoformat(), yesterday.isoformat(), "today", "yesterday", "monday", "-7d"]
    choices: dict[str, Sequence[str]] = {
        "vendor": [*facts.known_vendors, EVERY],
        "host": [*facts.hosts, EVERY],
        "model": [*facts.models, EVERY],
        "project": [*facts.projects, EVERY],
        "days": ["1", "7", "14", "30", "90", "365"],
        "date": day_names,
        "range": day_names,
        "group": ALL_GROUPINGS,
        "sort": [str(key) for key in ALL_SORTS],
        "by": SPLITS,
    }
    done, _, begun = rest.rpartition(" ") if name == "range" else ("", "", rest)
    if name == "range" and len(rest.split(" ")) > 2:
        return []
    front = f"{word} {done} " if done else f"{word} "
    return [front + each for each in choices.get(name, ()) if each.lower().startswith(begun.lower())]
