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
