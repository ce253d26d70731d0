"""Suggest the known word that a person may have meant by an unknown one."""

from collections.abc import Iterable, Sequence
from typing import Final

from ai_usage.errors import UsageError

_LIKENESS: Final = 0.7
"""The least likeness of two words, from 0 to 1; below it a suggestion is only a guess."""
_FEWEST_LETTERS: Final = 3
"""A beginning with fewer letters is not expanded to a word."""


def nearest(word: str, known: Iterable[str], likeness: float = _LIKENESS) -> str | None:
    """Return the most similar known word, ignoring case; None if no word is similar.

    The order is: a word with the same letters, the only word with this beginning, the word with most in common.

    Args:
        word: the unknown word.
        known: the known words.
        likeness: the least likeness, from 0 to 1.
    """
    from difflib import get_close_matches  # only wrong words need it

    folded = word.casefold()
    by_fold = {each.casefold(): each for each in reversed([*known])}
    swapped = [each for each in by_fold if sorted(each) == sorted(folded)]
    longer = [each for each in by_fold if len(word) >= _FEWEST_LETTERS and each.startswith(folded)]
    if len(longer) != 1:
        longer = []
    found = swapped or longer or get_close_matches(folded, by_fold, n=1, cutoff=likeness)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Write the end of a message that refuses a word: a suggestion, or nothing."""
    found = nearest(word, known)
    return "" if found is None else f"; did you mean {found}?"


def unknown_name(option: str, kind: str, word: str, known: Sequence[str]) -> UsageError:
    """Return the error for an unknown name: it lists the known names, and suggests a similar one.

    Args:
        option: the option that got the name.
        kind: the kind of the names, in the plural.
        word: the name.
        known: the valid names.
    """
    parts = [part.strip() for part in word.split(",")]
    if len(parts) > 1 and all(part in known for part in parts):
        return UsageError(f"{option}: write {' '.join(f'{option} {part}' for part in parts)}, not {word!r}")
    meant = did_you_mean(word, known)
    return UsageError(f"{option}: {word!r} is not known; known {kind}: {', '.join(known)}{meant}")
