import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ai_usage.render import figures
from ai_usage.render.scale import Scale, lanes_for, scale_for
from ai_usage.usage.total import Total

USD = 10**12


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"), (999, "999"), (1_000, "1.0k"), (1_249, "1.2k"), (1_250, "1.3k"), (99_949, "99.9k"),
        (99_950, "100k"), (999_499, "999k"), (999_500, "1.0M"), (1_900_000, "1.9M"),
        (123_456_789, "123M"), (999_999_999, "1.0B"), (4_200_000_000, "4.2B"), (10**12, "1.0T"), (10**16, "10000T"),
    ],
)  # fmt: skip
def test_tokens(count: int, text: str) -> None:
    assert figures.tokens(count) == text


@given(st.integers(0, 10**15))
def test_short_tokens_are_right_to_half_of_their_last_digit(count: int) -> None:
    text = figures.tokens(count)
    size = {"k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}.get(text[-1], 1)
    shown = float(text.rstrip("kMBT")) * size
    step = 1 if size == 1 else size / 10 if "." in text else size
    assert abs(shown - count) <= step
    assert len(text) <= 5


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (None, "-"), (0, "$0.00"), (1, "<$0.01"), (USD // 200 - 1, "<$0.01"), (USD // 200, "$0.01"),
        (4_210_000_000_000, "$4.21"), (1_234_567 * USD, "$1,234,567.00"), (1_999_999_999_999, "$2.00"),
    ],
)  # fmt: skip
def test_costs(cost: int | None, text: str) -> None:
    assert figures.usd(cost) == text


def test_a_cost_that_lacks_something_is_at_least_that() -> None:
    assert figures.cost_of(Total(requests=2, cost=USD, priced_requests=1, unpriced_tokens=5)) == "≥$1.00"
    assert figures.cost_of(Total(requests=2, cost=1, priced_requests=1, unpriced_tokens=5)) == ">$0.00"
    assert figures.cost_of(Total(requests=2, cost=1, priced_requests=2)) == "<$0.01"
    assert figures.cost_of(Total(requests=1, unpriced_tokens=5)) == "unpriced"
    assert figures.cost_of(Total()) == "$0.00"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "-"), (0, 5, "0%"), (1, 1000, "<1%"), (1, 200, "1%"), (1, 3, "33%"), (5, 5, "100%")],
)
def test_shares(part: int, whole: int, text: str) -> None:
    assert figures.share(part, whole) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 40, "5.0 TiB")]
)
def test_sizes(size: int, text: str) -> None:
    assert figures.size(size) == text


HEIGHTS = st.lists(st.integers(1, 90), min_size=1, max_size=3)


@given(st.integers(1, 10**18), HEIGHTS)
@example(highest=5, heights=[9])
def test_an_axis_has_round_figures_where_they_belong(highest: int, heights: list[int]) -> None:
    scale = scale_for(highest, heights)
    assert scale.height in heights
    assert highest * scale.apart <= scale.step * scale.height
    assert str(scale.step).rstrip("0") in {"1", "2", "25", "5"}
    lines, values = zip(*scale.ticks.items(), strict=True)
    assert min(2, scale.height) <= len(lines) <= 6
    assert [scale.eighths(value) for value in values] == [8 * (line + 1) for line in lines]


@given(st.integers(1000, 10**18))
def test_the_highest_column_takes_four_fifths_of_a_page_s_chart(highest: int) -> None:
    assert scale_for(highest, (8, 9, 10)).share(highest) >= 4 / 5


@given(st.lists(st.integers(1, 10**18), min_size=1, max_size=8), st.integers(8, 40))
def test_lanes_are_as_high_as_their_highest_amount_and_an_eighth_more(
    highest: list[int], height: int
) -> None:
    step, lanes = lanes_for(highest, height)
    assert sum(lanes) <= height
    for amount, lines in zip(highest, lanes, strict=True):
        eighths = Scale(step, 1, lines).eighths(amount)
        assert 8 * (lines - 1) <= eighths < 8 * lines


def test_axes_worked_out_by_hand() -> None:
    assert scale_for(20, [8]) == Scale(5, 2, 8)
    assert scale_for(20, [1]) == Scale(20, 1, 1)
    assert scale_for(700, [8, 9, 10]) == Scale(250, 3, 9)
    assert scale_for(576, [8, 9, 10]) == Scale(200, 3, 9)
    assert scale_for(204, [8]) == Scale(100, 3, 8)  # 100 for two lines leaves half of it empty
    assert lanes_for([20, 5, 1], 8) == (5, [5, 2, 1])


def test_thinking_is_unknown_a_lower_bound_or_known() -> None:
    assert figures.reasoning_of(Total(requests=2, reasoning_unknown_requests=2)) == "-"
    mixed = Total(requests=2, reasoning_output_tokens=1200, reasoning_unknown_requests=1)
    assert figures.reasoning_of(mixed) == "≥1.2k"
    assert figures.reasoning_of(mixed._replace(reasoning_output_tokens=0)) == "≥0"
    assert figures.reasoning_of(Total(requests=2)) == "0"
    assert figures.reasoning_of(Total()) == "0"
