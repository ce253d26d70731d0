import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.usage.instant import EARLIEST, from_number, parse_instant, to_text

NOON = 1_778_000_400_000_000  # 2026-05-05T17:00:00Z


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-05-05T17:00:00Z", NOON),
        ("2026-05-05T17:00:00.5Z", NOON + 500_000),
        ("2026-05-05T17:00:00.123456789Z", NOON + 123_456),
        ("2026-05-05t17:00:00z", NOON),
        ("2026-05-05 17:00:00Z", NOON),
        ("2026-05-05T19:00:00+02:00", NOON),
        ("2026-05-05T11:15:00-05:45", NOON),
        ("2026-05-05T16:59:60Z", NOON - 1_000_000),
        ("2026-05-04T24:00:00.000Z", NOON - 17 * 3_600_000_000),
        ("2026-12-31T24:00:00+01:00", parse_instant("2026-12-31T23:00:00Z")),
        ("2026-05-05T24:00:01Z", None),
        ("2026-05-05T25:00:00Z", None),
        ("2026-05-05T17:00:00", None),
        ("2026-02-30T17:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("2100-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("9999-12-31T23:59:60Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_logs_spell_it(text: str, instant: int | None) -> None:
    assert parse_instant(text) == instant


@given(st.integers(EARLIEST, 4_000_000_000_000_000))
def test_what_is_spelled_reads_back(instant: int) -> None:
    assert parse_instant(to_text(instant)) == instant


@pytest.mark.parametrize("number", [NOON / 1e6, NOON / 1e3, NOON, NOON * 1000], ids=["s", "ms", "us", "ns"])
def test_the_size_of_an_epoch_number_tells_its_unit(number: float) -> None:
    assert from_number(number) == NOON


@pytest.mark.parametrize("number", [0, -5, float("nan"), float("inf"), 12.0, 5e9])
def test_a_number_that_is_not_a_time_gives_none(number: float) -> None:
    assert from_number(number) is None
