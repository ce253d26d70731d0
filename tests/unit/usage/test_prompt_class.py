"""What prompt classes must keep apart."""

import pytest

from ai_usage.usage.prompt_class import PROMPT_CLASS_BOUNDS, class_map, first_class_above, prompt_class


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


@pytest.mark.parametrize(
    ("model", "stands_for"),
    [
        ("claude-opus-4-6", [0, 0, 2, 2, 4, 5, 6, 7]),
        ("gpt-5.5", [0, 0, 0, 0, 4, 5, 6, 7]),
        ("qwen3-coder-plus", [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_classes_that_no_price_of_a_family_tells_apart_are_one(model: str, stands_for: list[int]) -> None:
    assert [class_map(model) >> 3 * index & 7 for index in range(8)] == stands_for
