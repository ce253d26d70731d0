"""Prompt classes: the size of a prompt, as coarse as prices need it."""

from bisect import bisect_left
from typing import Final

PROMPT_CLASS_BOUNDS: Final = (32_000, 100_000, 128_000, 200_000, 256_000, 272_000, 512_000)
"""Every prompt size above which some price list asks more, in tokens, ascending.

Rollups group by the class, so a new bound means that they are built anew.
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
"""Bounds at which no price of a family of models changes: keeping them apart would only make rollups longer."""
CLASS_FAMILIES: Final = tuple(_UNUSED)
"""The families of models that have a map of their own; every other model's keeps all bounds apart."""


def class_map(model: str) -> int:
    """Say which class stands for each class of a model: three bits each, the lowest class first.

    Classes between which no price of the model differs are one, the lowest of them. Rollups look the class up here
    (`class_map >> 3 * class & 7`).
    """
    unused = next((bounds for family, bounds in _UNUSED.items() if family in model), ())
    packed = stands = 0
    for index in range(len(PROMPT_CLASS_BOUNDS) + 1):
        if index and PROMPT_CLASS_BOUNDS[index - 1] not in unused:
            stands = index
        packed |= stands << 3 * index
    return packed
