from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.pricing.catalog import Catalog
from ai_usage.pricing.cost import PICO, cost
from ai_usage.report.costing import Costing
from ai_usage.report.question import CostMode
from ai_usage.usage.group import NO_COST, POSITIVE_COST, ZERO_COST, Group
from ai_usage.usage.total import Total
from tests.unit.report.worlds import catalog

PACKAGED = Catalog()
COUNTS = st.integers(0, 10**9)
SUMMED = (
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "web_searches",
)


def group(**fields: Any) -> Group:
    plain = Group(
        0, 20_000, "claude", "alpha-1", None, None, -1, None, None, 0, NO_COST, 1, 100, 0, 0, 0, 50, 0, 0, 0
    )
    return plain._replace(**fields)


@given(
    counts=st.tuples(*[COUNTS] * 6),
    model=st.sampled_from(["claude-opus-4-6", "claude-sonnet-4-5", "gpt-5.5", "gemini-2.5-pro"]),
    prompt_class=st.integers(0, 7),
    fast_tier=st.sampled_from([-1, 0, 1]),
    service_tier=st.sampled_from([None, "batch", "flex", "priority"]),
    region=st.sampled_from([None, "us", "eu"]),
    utc_day=st.integers(20_000, 21_000),
)
def test_a_group_costs_what_pricing_says(counts: tuple[int, ...], utc_day: int, **kind: Any) -> None:
    sums = dict(zip(SUMMED, counts, strict=True))
    one = group(utc_day=utc_day, **sums, **kind)
    expected = cost(PACKAGED.price(one.model, one.vendor, utc_day), one)
    assert expected is not None
    costing = Costing(PACKAGED, CostMode.CALCULATE)
    assert [costing.total_of(one).cost for _ in range(2)] == [expected, expected]


@pytest.mark.parametrize(
    ("mode", "vendor", "cost_class", "expected"),
    [
        (CostMode.AUTO, "claude", POSITIVE_COST, 7 * PICO),
        (CostMode.AUTO, "omp", POSITIVE_COST, 7 * PICO),
        (CostMode.AUTO, "codex", POSITIVE_COST, 600_000_000),
        (CostMode.AUTO, "claude", ZERO_COST, 600_000_000),
        (CostMode.AUTO, "claude", NO_COST, 600_000_000),
        (CostMode.CALCULATE, "claude", POSITIVE_COST, 600_000_000),
        (CostMode.DISPLAY, "codex", POSITIVE_COST, 7 * PICO),
        (CostMode.DISPLAY, "claude", NO_COST, None),
    ],
)
def test_the_mode_decides_between_recorded_and_computed(
    tmp_path: Path, mode: CostMode, vendor: str, cost_class: int, expected: int | None
) -> None:
    costing = Costing(catalog(tmp_path), mode)
    total = costing.total_of(group(vendor=vendor, cost_class=cost_class, recorded_cost=7 * PICO))
    assert total.known_cost == expected


def test_a_recorded_zero_is_shown_as_recorded(tmp_path: Path) -> None:
    total = Costing(catalog(tmp_path), CostMode.DISPLAY).total_of(group(cost_class=ZERO_COST))
    assert (total.known_cost, total.unpriced_tokens) == (0, 0)


def test_a_model_without_a_price_is_unpriced(tmp_path: Path) -> None:
    costing = Costing(catalog(tmp_path), CostMode.AUTO)
    assert costing.total_of(group(model="unlisted-9")) == Total(
        requests=1, input_tokens=100, output_tokens=50, unpriced_tokens=150
    )
    assert costing.unpriced_models == {"unlisted-9"}
