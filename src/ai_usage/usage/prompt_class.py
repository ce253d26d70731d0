"""Prompt classes: the size of a prompt, only as precise as prices need it."""

from bisect import bisect_left
from typing import Final

PROMPT_CLASS_BOUNDS: Final = (32_000, 100_000, 128_000, 200_000, 256_000, 272_000, 512_000)
"""Every prompt size, in tokens, above which a price list has higher rates; ascending.

Rollups group by the class, so a new bound makes the program build them again.
"""


def prompt_class(prompt_tokens: int) -> int:
    """Count the bounds that a prompt exceeds: 0 for a short prompt, 7 for one of more than 512,000 tokens.

    Args:
        prompt_tokens: all prompt tokens of one request, cached or not.
    """
    return bisect_left(PROMPT_CLASS_BOUNDS, prompt_tokens)


def first_class_above(threshold: int) -> int:
    """Return the lowest class above a threshold; a threshold between two bounds counts as the lower one."""
    return bisect_left(PROMPT_CLASS_BOUNDS, threshold + 1)


_UNUSED: Final = {
    "claude": (32_000, 128_000),
    "gpt": (32_000, 100_000, 128_000),
    "gemini": (32_000, 100_000),
    "kimi": (32_000, 100_000, 128_000),
}
"""Bounds at which no price of a family of models changes: separate classes would only make rollups longer."""
CLASS_FAMILIES: Final = tuple(_UNUSED)
"""The families of models with a separate map; the map of all other models keeps every class."""


def class_map(model: str) -> int:
    """Return the class that represents each class of a model: three bits each, the lowest class first.

    Classes with the same prices are represented by the lowest of them. Rollups look the class up here
    (`class_map >> 3 * class & 7`).
    """
    unused = next((bounds for family, bounds in _UNUSED.items() if family in model), ())
    packed = stands = 0
    for index in range(len(PROMPT_CLASS_BOUNDS) + 1):
        if index and PROMPT_CLASS_BOUNDS[index - 1] not in unused:
            stands = index
        packed |= stands << 3 * index
    return packed
