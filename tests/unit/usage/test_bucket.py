from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.usage.bucket import Bucket, Unit, cut
from ai_usage.usage.instant import DAY, MINUTE, from_datetime
from ai_usage.usage.window import local_date, to_local

ZONES = sorted(available_timezones())
FIRST = from_datetime(datetime.fromisoformat("2020-01-01T00:00Z"))
LAST = from_datetime(datetime.fromisoformat("2037-12-31T00:00Z"))


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


def test_weeks_are_iso_weeks_and_cut_to_the_span() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start, end = at("2026-12-30T05:00+01:00"), at("2027-01-04T12:00+01:00")
    monday = at("2027-01-04T00:00+01:00")
    assert cut(start, end, Unit.WEEK, zone) == [
        Bucket("2026-W53", start, monday),
        Bucket("2027-W01", monday, end),
    ]


def test_months_follow_one_another() -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    assert [
        bucket.name for bucket in cut(at("2026-11-30T23:00Z"), at("2027-02-02T00:00Z"), Unit.MONTH, zone)
    ] == [
        "2026-12",
        "2027-01",
        "2027-02",
    ]


def test_hours_follow_the_wall_clock_when_it_goes_back() -> None:
    zone = ZoneInfo("Europe/Berlin")
    buckets = cut(at("2026-10-25T01:30+02:00"), at("2026-10-25T04:00+01:00"), Unit.HOUR, zone)
    assert [(bucket.name, (bucket.end - bucket.start) // MINUTE) for bucket in buckets] == [
        ("2026-10-25T01", 30),
        ("2026-10-25T02", 120),
        ("2026-10-25T03", 60),
    ]


def test_times_beyond_all_logs_are_in_the_first_and_the_last_bucket() -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    days = cut(-(2**62), 2**62, Unit.DAY, zone)
    assert (days[0].name, days[0].start, days[-1].end) == ("2020-01-01", -(2**62), 2**62)
    assert all(one.end == other.start for one, other in pairwise(days))
    assert cut(5, 6, Unit.MONTH, zone) == [Bucket("2020-01", 5, 6)]
    assert cut(2**61, 2**62, Unit.HOUR, zone) == [Bucket("2100-01-01T13", 2**61, 2**62)]


def test_an_empty_span_has_no_buckets() -> None:
    assert cut(FIRST, FIRST, Unit.DAY, ZoneInfo("UTC")) == []


@pytest.mark.parametrize("zone_name", ZONES)
def test_days_in_this_zone_touch_and_hold_their_own_date(zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    start = at("2025-12-31T12:00Z")
    end = start + 370 * DAY
    buckets = cut(start, end, Unit.DAY, zone)
    assert [buckets[0].start, *(bucket.end for bucket in buckets)] == [
        *(bucket.start for bucket in buckets),
        end,
    ]
    for bucket in buckets:
        middle = (bucket.start + bucket.end) // 2
        assert [str(local_date(instant, zone)) for instant in (bucket.start, middle, bucket.end - 1)] == (
            [bucket.name] * 3
        )


@given(
    zone_name=st.sampled_from(ZONES),
    start=st.integers(FIRST, LAST),
    length=st.integers(1, 40 * DAY),
    unit=st.sampled_from(Unit),
    share=st.floats(0, 1, exclude_max=True),
)
def test_every_instant_lies_in_the_bucket_that_its_wall_clock_names(
    zone_name: str, start: int, length: int, unit: Unit, share: float
) -> None:
    zone = ZoneInfo(zone_name)
    buckets = cut(start, start + length, unit, zone)
    assert buckets[0].start == start
    assert buckets[-1].end == start + length
    assert all(one.end == other.start for one, other in pairwise(buckets))
    assert all(bucket.start < bucket.end for bucket in buckets)
    instant = start + int(length * share)
    (holder,) = (bucket for bucket in buckets if bucket.start <= instant < bucket.end)
    assert holder.name == _name(to_local(instant, zone), unit)


def _name(wall: datetime, unit: Unit) -> str:
    formats = {Unit.HOUR: "%Y-%m-%dT%H", Unit.DAY: "%Y-%m-%d", Unit.WEEK: "%G-W%V", Unit.MONTH: "%Y-%m"}
    return wall.strftime(formats[unit])


def test_a_year_of_days_is_a_year_of_days() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    buckets = cut(at("2025-12-31T13:00Z"), at("2026-12-31T13:00Z"), Unit.DAY, zone)
    assert [bucket.name for bucket in buckets] == [
        str(date(2026, 1, 1) + timedelta(days=count)) for count in range(365)
    ]
    assert {bucket.end - bucket.start for bucket in buckets} == {DAY, DAY - 30 * MINUTE, DAY + 30 * MINUTE}
