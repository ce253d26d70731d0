"""What a file of prices says, what it leaves unsaid, and what is no such file."""

import json
from collections.abc import Mapping
from decimal import Decimal

import pytest

from ai_usage.pricing.entries import file_text
from ai_usage.pricing.price import UNKNOWN_DAY, LongContext, Price, Rates
from ai_usage.pricing.price_file import PriceFile, from_day, to_day


def file_of(model: str, *entries: Mapping[str, object]) -> PriceFile:
    lines = ['"#":{"format":1,"data_until":"2026-10-26"}', f'"{model}":{json.dumps(entries)}']
    return PriceFile(("{\n" + ",\n".join(lines) + "\n}\n").encode(), "test")


@pytest.mark.parametrize(
    ("model", "entry", "expected"),
    [
        pytest.param(
            "claude-x",
            {"input": 3, "output": 15},
            Rates(3_000_000, 15_000_000, 300_000, 3_750_000, 6_000_000),
            id="Anthropic states multiples",
        ),
        pytest.param(
            "claude-x",
            {"input": 3, "output": 15, "cache_read": 0.5, "cache_write": 4, "cache_write_1h": 7},
            Rates(3_000_000, 15_000_000, 500_000, 4_000_000, 7_000_000),
            id="what is stated holds",
        ),
        pytest.param(
            "x",
            {"input": 1.5, "output": 2},
            Rates(1_500_000, 2_000_000, *[1_500_000] * 3),
            id="elsewhere input",
        ),
        pytest.param(
            "x",
            {"input": 1, "output": 2, "cache_write": 1.25},
            Rates(1_000_000, 2_000_000, 1_000_000, 1_250_000, 1_250_000),
            id="a one-hour write is a write",
        ),
        pytest.param(
            "x",
            {"input": 1, "output": 2, "cache_read": 0, "cache_write": 0},
            Rates(1_000_000, 2_000_000, 0, 1_000_000, 1_000_000),
            id="a free write is a silence, a free read is free",
        ),
        pytest.param("x", {"input": 0, "output": 0}, Rates(0, 0, 0, 0, 0), id="a free model"),
        pytest.param(
            "x",
            {"input": 0.0028, "output": 1e-6},
            Rates(2800, 1, 2800, 2800, 2800),
            id="millionths of a dollar",
        ),
    ],
)
def test_a_price_is_completed(model: str, entry: dict[str, object], expected: Rates) -> None:
    assert file_of(model, entry).history(model)[0].rates == expected


def test_a_history_has_everything_that_a_price_can_say() -> None:
    tiers = {"200000": {"input": 2, "output": 3}, "32000": {"input": 1.5, "output": 2.5, "cache_read": 0.2}}
    entry = {
        "from": "2026-01-31", "input": 1, "output": 2, "cache_read": 0.1, "above": tiers, "fast": 2.5, "batch": 0.8,
        "flex": 0.4, "us": 1.1, "web_search": 10, "origin": "somewhere",
    }  # fmt: skip
    assert file_of("x", {"input": 1, "output": 2}, entry).history("x") == (
        Price(UNKNOWN_DAY, Rates(1_000_000, 2_000_000, *[1_000_000] * 3), origin="test"),
        Price(
            since=to_day("2026-01-31"),
            rates=Rates(1_000_000, 2_000_000, 100_000, 1_000_000, 1_000_000),
            long_context=(
                LongContext(32_000, Rates(1_500_000, 2_500_000, 200_000, 1_500_000, 1_500_000)),
                LongContext(200_000, Rates(2_000_000, 3_000_000, 200_000, 2_000_000, 2_000_000)),
            ),
            fast=2_500_000,
            batch=800_000,
            flex=400_000,
            us=1_100_000,
            web_search=10**10,
            origin="somewhere",
        ),
    )


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"not JSON", b'{\n"#":{"format":2}\n}\n', b'{\n"#":[1]\n}\n', b'{\n"x":[]\n}\n',
        b'{\n"#":{"format":1},\n"x":[{"input":1,"out',
    ],
)  # fmt: skip
def test_what_is_not_a_whole_file_of_prices_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        PriceFile(content, "")


@pytest.mark.parametrize(
    "entries",
    [
        "{}", "[1]", '[{"input":1}]', '[{"input":"1","output":1}]', '[{"input":1,"output":1,"from":"soon"}]',
        '[{"input":1,"output":1,"from":7}]', '[{"input":-1,"output":1}]', '[{"input":NaN,"output":1}]',
        '[{"input":1,"output":1,"above":{"many":{}}}]', '[{"input":1,"output":1,"above":[]}]',
        '[{"input":1,"output":1,"above":{"1":{"input":[]}}}]', '[{"input":1,"output":1,"fast":"x"}]', "[{", '"x"',
        '[{"input":true,"output":1}]', "[" * 100_000,
    ],
)  # fmt: skip
def test_a_damaged_line_is_said_to_be_one(entries: str) -> None:
    file = PriceFile(('{\n"#":{"format":1},\n"x":' + entries + "\n}\n").encode(), "")
    with pytest.raises(ValueError):
        file.history("x")


def test_a_written_file_is_read_back() -> None:
    entry = {
        "input": Decimal("10"),
        "output": Decimal("0.000001"),
        "above": {200000: {"input": Decimal("20")}},
    }
    text = file_text({"data_until": "2026-10-26"}, {"b": [entry], "a": [entry], "empty": []})
    assert text == (
        '{\n"#":{"format": 1, "data_until": "2026-10-26"},\n'
        '"a":[{"input":10,"output":0.000001,"above":{"200000":{"input":20}}}],\n'
        '"b":[{"input":10,"output":0.000001,"above":{"200000":{"input":20}}}]\n}\n'
    )
    file = PriceFile(text.encode(), "")
    assert (file.models(), file.history("a"), from_day(file.data_until).isoformat()) == (
        ["a", "b"],
        file.history("b"),
        "2026-10-26",
    )


def test_prices_are_told_in_the_order_of_their_days() -> None:
    entries = b'[{"from":"2026-11-20","input":2,"output":2},{"from":"2026-10-01","input":1,"output":1}]'
    file = PriceFile(b'{\n"#":{"format":1},\n"x":' + entries + b"\n}\n", "")
    assert [price.rates.input for price in file.history("x")] == [1_000_000, 2_000_000]
