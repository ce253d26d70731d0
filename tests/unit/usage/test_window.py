from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from ai_usage.errors import UsageError
from ai_usage.usage.instant import from_datetime
from ai_usage.usage.window import FOREVER, Window, between, last_days, start_of_day

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


NOW = at("2026-11-22T12:00+01:00")


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        pytest.param(
            "2026-11-20",
            "2026-11-22",
            Window(at("2026-11-20T00:00+01:00"), at("2026-11-23T00:00+01:00")),
            id="a date in until means its whole day",
        ),
        pytest.param(
            "2026-11-20T10:07",
            "2026-11-20T10:07",
            Window(at("2026-11-20T10:07+01:00"), at("2026-11-20T10:08+01:00")),
            id="an instant in until means the end of its minute",
        ),
        pytest.param("2026-03-29", None, Window(at("2026-03-29T00:00+01:00"), None), id="no until"),
        pytest.param(None, "2026-03-29", Window(None, at("2026-03-30T00:00+02:00")), id="a day of 23 hours"),
        pytest.param(
            "2026-03-29T02:30",
            "2026-03-29T02:30",
            Window(at("2026-03-29T03:00+02:00"), at("2026-03-29T03:01+02:00")),
            id="a time that clocks skip is the moment of the skip",
        ),
        pytest.param(
            "2026-10-25T02:30",
            "2026-10-25T02:30",
            Window(at("2026-10-25T02:30+02:00"), at("2026-10-25T02:31+01:00")),
            id="a time that comes twice reaches from the first to the second",
        ),
    ],
)
def test_bounds_are_inclusive(since: str | None, until: str | None, expected: Window) -> None:
    assert between(since, until, NOW, BERLIN) == expected


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-13-01", "2026-02-30", "2026-1-1", "2026-11-22T25:00", "2026-11-22 10:00", "2026-W47-1",
     "20261122", "2026-11-22T10:00:00", "٢٠٢٦-11-22"],
)  # fmt: skip
def test_an_invalid_date_is_answered_with_what_would_be_right(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        between(text, None, NOW, BERLIN)
    assert str(raised.value) == (
        f"--since: {text!r} is not a date; write YYYY-MM-DD, today, yesterday, monday or -7d, or YYYY-MM-DDTHH:MM"
    )


def test_words_mean_local_days() -> None:
    """It is a Saturday in Berlin, and a Friday in New York."""
    now = at("2026-11-21T02:00+01:00")
    assert between("yesterday", "today", now, BERLIN) == Window(
        at("2026-11-20T00:00+01:00"), at("2026-11-22T00:00+01:00")
    )
    assert between("-1d", "saturday", now, BERLIN) == between("yesterday", "today", now, BERLIN)
    assert between("today", None, now, ZoneInfo("America/New_York")) == Window(at("2026-11-20T00:00-05:00"))


def test_the_last_day_of_calendars_means_without_end() -> None:
    assert between(None, "9999-12-31", NOW, ZoneInfo("Asia/Tokyo")) == Window(None, FOREVER)


def test_since_after_until_is_an_error() -> None:
    with pytest.raises(UsageError, match="--since 2026-11-22 is after --until 2026-11-20"):
        between("2026-11-22", "2026-11-20", NOW, BERLIN)


def test_the_last_days_end_with_today_and_know_that_days_differ_in_length() -> None:
    now = at("2026-03-30T08:00+02:00")
    assert last_days(2, now, BERLIN) == Window(at("2026-03-29T00:00+01:00"), at("2026-03-31T00:00+02:00"))
    assert last_days(1, now, BERLIN) == Window(at("2026-03-30T00:00+02:00"), at("2026-03-31T00:00+02:00"))


def test_more_days_than_calendars_have_reach_back_without_end() -> None:
    assert last_days(10**6, at("2026-03-30T08:00+02:00"), BERLIN).start is None


def test_no_days_are_an_error() -> None:
    with pytest.raises(UsageError, match="--days: 0 is too few"):
        last_days(0, 0, BERLIN)


def test_a_day_begins_at_the_skip_where_clocks_skip_midnight() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    assert start_of_day(date(2026, 4, 24), cairo) == at("2026-04-24T01:00+03:00")
    toronto = ZoneInfo("America/Toronto")  # 23:30 was followed by 00:30
    assert start_of_day(date(1919, 3, 31), toronto) == at("1919-03-31T00:30-04:00")


def test_a_day_that_a_zone_left_out_is_empty() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert start_of_day(date(2011, 12, 30), apia) == start_of_day(date(2011, 12, 31), apia)
