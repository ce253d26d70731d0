"""Projects over all machines: one key is one project, and the name that one machine gives it holds on all of them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ai_usage.ledger.ledger import Ledger

NO_PROJECT: Final = "(none)"
"""How records without a project are called in tables and in `--project`."""
_DIGITS: Final = 8
"""So many hex digits of its key stand for a project whose name no machine here knows."""
_FEWEST_DIGITS: Final = 4
"""A shorter word is not compared with the beginning of keys: too many names consist of hex digits."""

Names = Mapping[str, tuple[str, ...]]
"""The names of each project key, the shown one first."""


def names_by_key(ledgers: Iterable["Ledger"]) -> Names:
    """Collect the names that machines give to the keys of projects.

    Args:
        ledgers: of all machines, the one whose names are shown first.
    """
    names: dict[str, tuple[str, ...]] = {}
    for ledger in ledgers:
        for name, key in ledger.project_names():
            if name not in names.get(key, ()):
                names[key] = (*names.get(key, ()), name)
    return names


def shown_name(label: str | None, key: str | None) -> str | None:
    """Return the name of a project, else the first digits of its key; None for no project."""
    return label or (key[:_DIGITS] if key else None)


def is_same(one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
    """Say whether two pairs of name and key are one project: the key decides where there is one."""
    return one[1] == other[1] if one[1] or other[1] else one[0] == other[0]


def is_meant(word: str, label: str | None, key: str | None, names: Names) -> bool:
    """Say whether a word of `--project` means a project.

    A word is a part of a name, in any case, or the beginning of a key; of a project without a name, it is any part of
    the digits that are shown.

    Args:
        word: as typed.
        label: the project's name where the record lies.
        key: the project's key.
        names: the names that all machines know.
    """
    word = word.casefold()
    known = names.get(key or "", ()) or ((label,) if label else ())
    if any(word in name.casefold() for name in known):
        return True
    if key is None:
        return not known and word in {"", NO_PROJECT}
    if not known and word in key[:_DIGITS]:
        return True
    return len(word) >= _FEWEST_DIGITS and key.startswith(word)
