"""Projects over all machines: one key is one project, and a name from one machine is used for all of them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ai_usage.ledger.ledger import Ledger

NO_PROJECT: Final = "(none)"
"""The name of records without a project in tables and in `--project`."""
_DIGITS: Final = 8
"""The number of hex digits of the key that are shown for a project without a name."""
_FEWEST_DIGITS: Final = 4
"""Shorter words are not compared with the beginning of keys, because many names consist of hex digits."""

Names = Mapping[str, tuple[str, ...]]
"""The names of each project key, the shown one first."""


def names_by_key(ledgers: Iterable["Ledger"]) -> Names:
    """Collect the names that machines give to the keys of projects.

    Args:
        ledgers: the ledgers of all machines; names from the first one have priority.
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
    """Tell whether two pairs of name and key are the same project: the key decides if there is one."""
    return one[1] == other[1] if one[1] or other[1] else one[0] == other[0]


def is_meant(word: str, label: str | None, key: str | None, names: Names) -> bool:
    """Tell whether a word of `--project` matches a project.

    A word is a part of a name, ignoring case, or the beginning of a key; for a project without a name, it is any part
    of the shown digits.

    Args:
        word: as typed.
        label: the project's name on the record's machine.
        key: the project's key.
        names: the names from all machines.
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
