"""Costs are exact, and the sum of the parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.pricing.cost import PICO, cost
from ai_usage.pricing.price import LongContext, Price, Rates
from ai_usage.usage.group import Group

from .groups import one_request

PRICE = Price(
    since=0,
    rates=Rates(3_000_000, 15_000_000, 300_000, 3_750_000, 6_000_000),
    long_context=(LongContext(200_000, Rates(6_000_000, 22_500_000, 600_000, 7_500_000, 12_000_000)),),
    fast=6_000_000,
    us=1_100_000,
    web_search=10**10,
)


@pytest.mark.parametrize(
    ("group", "usd"),
    [
        pytest.param(one_request(), 0, id="nothing"),
        pytest.param(one_request(input_tokens=100_000), 0.3, id="input"),
        pytest.param(one_request(output_tokens=1_000), 0.015, id="output"),
        pytest.param(one_request(cache_read_input_tokens=100_000), 0.03, id="cache read"),
        pytest.param(one_request(cache_creation_5m_input_tokens=10_000), 0.0375, id="five-minute write"),
        pytest.param(one_request(cache_creation_1h_input_tokens=10_000), 0.06, id="one-hour write"),
        pytest.param(one_request(input_tokens=200_000), 0.6, id="a prompt at the threshold"),
        pytest.param(one_request(input_tokens=200_001), 1.200006, id="a prompt over the threshold"),
        pytest.param(
            one_request(input_tokens=150_000, cache_read_input_tokens=60_000, output_tokens=1_000),
            0.9 + 0.036 + 0.0225,
            id="a whole prompt over the threshold, output too",
        ),
        pytest.param(
            one_request(cache_creation_1h_input_tokens=100_001, cache_creation_5m_input_tokens=100_000),
            1.200012 + 0.75,
            id="cache writes are part of the prompt",
        ),
        pytest.param(one_request(input_tokens=10, output_tokens=300_000), 0.00003 + 4.5, id="output is not"),
        pytest.param(one_request(input_tokens=1_000, fast_tier=1), 0.018, id="fast"),
        pytest.param(one_request(input_tokens=1_000, fast_tier=0), 0.003, id="standard speed"),
        pytest.param(one_request(input_tokens=1_000, service_tier="batch"), 0.0015, id="batch"),
        pytest.param(one_request(input_tokens=1_000, service_tier="flex"), 0.0015, id="flex"),
        pytest.param(
            one_request(input_tokens=1_000, service_tier="priority"), 0.003, id="capacity in advance"
        ),
        pytest.param(one_request(input_tokens=1_000, region="us"), 0.0033, id="bound to the US"),
        pytest.param(one_request(input_tokens=1_000, region="not_available"), 0.003, id="bound to nowhere"),
        pytest.param(
            one_request(input_tokens=1_000, fast_tier=1, service_tier="batch", region="us"),
            0.003 * 6 * 0.5 * 1.1,
            id="all multipliers",
        ),
        pytest.param(
            one_request(web_searches=3, service_tier="batch"), 0.03, id="searches cost the same anywhere"
        ),
    ],
)
def test_a_request_costs(group: Group, usd: float) -> None:
    assert cost(PRICE, group) == round(usd * PICO)


def test_without_a_price_the_cost_is_not_known() -> None:
    assert cost(None, one_request(input_tokens=1)) is None


counts = st.integers(min_value=0, max_value=2**53)
requests = st.builds(
    lambda values, tiers: (values, tiers),
    st.lists(st.tuples(counts, counts, counts, counts, counts, st.integers(0, 50)), min_size=1, max_size=8),
    st.tuples(st.sampled_from([-1, 0, 1]), st.sampled_from([None, "batch"]), st.sampled_from([None, "us"])),
)


@given(requests, st.integers(0, 7))
def test_a_group_costs_what_its_requests_cost(
    case: tuple[list[tuple[int, ...]], tuple[int, str | None, str | None]], prompt_class: int
) -> None:
    values, (fast_tier, service_tier, region) = case

    def group(amounts: tuple[int, ...]) -> Group:
        read, write_5m, write_1h, fresh, output, searches = amounts
        return one_request(
            input_tokens=fresh, cache_read_input_tokens=read, cache_creation_5m_input_tokens=write_5m,
            cache_creation_1h_input_tokens=write_1h, output_tokens=output, web_searches=searches,
            fast_tier=fast_tier, service_tier=service_tier, region=region,
        )._replace(prompt_class=prompt_class)  # fmt: skip

    together = cost(PRICE, group(tuple(map(sum, zip(*values, strict=True)))))
    assert together == sum(cost(PRICE, group(amounts)) or 0 for amounts in values)
