"""How a step of sync says how far it is."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Takes what is being done, how much of it is done, and how much there is in all (0: not known)."""


def silent(what: str, done: int, total: int) -> None:
    """Ignore progress."""


Tell: TypeAlias = Callable[[str], None]
"""Takes a sentence that the person must see at once, whatever comes later."""


def tell_nobody(sentence: str) -> None:
    """Ignore the sentence."""
