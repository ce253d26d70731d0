"""What prompt classes must keep apart."""

import pytest

from ai_usage.usage.prompt_class import PROMPT_CLASS_BOUNDS, first_class_above, prompt_class


@pytest.mark.parametrize(
    ("prompt_tokens", "expected"),
    [(0, 0), (32_000, 0), (32_001, 1), (200_000, 3), (200_001, 4), (272_001, 6), (512_001, 7), (2**62, 7)],
)
def test_a_bound_belongs_to_the_class_below_it(prompt_tokens: int, expected: int) -> None:
    assert prompt_class(prompt_tokens) == expected


@pytest.mark.parametrize("bound", PROMPT_CLASS_BOUNDS)
def test_a_prompt_exceeds_a_bound_exactly_when_its_class_does(bound: int) -> None:
    first = first_class_above(bound)
    assert [
        prompt_class(bound - 1) >= first,
        prompt_class(bound) >= first,
        prompt_class(bound + 1) >= first,
    ] == [
        False,
        False,
        True,
    ]


def test_a_threshold_between_two_bounds_counts_as_the_lower_one() -> None:
    assert first_class_above(210_000) == first_class_above(200_000)
