"""What a person may have meant by a word that is not known."""

from collections.abc import Iterable, Sequence
from typing import Final

from ai_usage.errors import UsageError

_LIKENESS: Final = 0.7
"""Of two words, from 0 to 1; below it a suggestion is a guess."""
_FEWEST_LETTERS: Final = 3
"""A beginning of fewer letters is not meant as a word."""


def nearest(word: str, known: Iterable[str], likeness: float = _LIKENESS) -> str | None:
    """Return the known word that is spelled most alike, in any case; None when none is.

    That is one with the same letters, else the only one that begins so, else the one with most in common.

    Args:
        word: what is not known.
        known: what is.
        likeness: how much alike the two must be at least, from 0 to 1.
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
    """Return the error of a name that is not known: it lists the known ones, and suggests what is right.

    Args:
        option: that the name was given to.
        kind: what is named, in the plural.
        word: the name.
        known: the names that are right.
    """
    parts = [part.strip() for part in word.split(",")]
    if len(parts) > 1 and all(part in known for part in parts):
        return UsageError(f"{option}: write {' '.join(f'{option} {part}' for part in parts)}, not {word!r}")
    meant = did_you_mean(word, known)
    return UsageError(f"{option}: {word!r} is not known; known {kind}: {', '.join(known)}{meant}")
