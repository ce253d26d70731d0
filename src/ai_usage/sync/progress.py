"""The callbacks by which sync reports progress."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of the step, the amount done, and the total (0: not known)."""


def silent(what: str, done: int, total: int) -> None:
    """Ignore progress."""


Tell: TypeAlias = Callable[[str], None]
"""Called with a sentence that the person must see at once."""


def tell_nobody(sentence: str) -> None:
    """Ignore the sentence."""
