from hypothesis import given
from hypothesis import strategies as st

from ai_usage.usage.total import Total

totals = st.builds(Total, *[st.integers(0, 2**60)] * len(Total._fields))


@given(totals, totals, totals)
def test_totals_add_up_in_any_order(one: Total, two: Total, three: Total) -> None:
    assert one.plus(two).plus(three) == three.plus(two.plus(one))
    assert one.plus(Total()) == one
    assert one.plus(two).total_tokens == one.total_tokens + two.total_tokens


def test_nothing_costs_nothing_but_the_cost_of_unpriced_requests_is_not_known() -> None:
    assert Total().known_cost == 0
    assert Total(requests=1, input_tokens=5, unpriced_tokens=5).known_cost is None
    assert Total(requests=2, cost=7, priced_requests=1, unpriced_tokens=5).known_cost == 7


def test_the_cache_share_is_of_prompt_tokens() -> None:
    assert (
        Total(input_tokens=1, cache_read_input_tokens=6, cache_creation_1h_input_tokens=1).cache_share == 0.75
    )
    assert Total(output_tokens=9).cache_share is None
