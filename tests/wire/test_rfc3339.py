"""Times on the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.usage.instant import DAY, from_datetime, to_text
from ai_usage.wire.rfc3339 import EARLIEST, LATEST, day_of, day_text, is_plain, read_day, read_instant

from .strategies import times

NOON = from_datetime(datetime(2026, 5, 18, 12, 0, tzinfo=UTC))
NEW_YEAR = from_datetime(datetime(2017, 1, 1, tzinfo=UTC))


READABLE = [
    ("2026-05-18T12:00:00Z", NOON),
    ("2026-05-18t12:00:00z", NOON),
    ("2026-05-18 12:00:00+00:00", NOON),
    ("2026-05-18T12:00:00-00:00", NOON),
    ("2026-05-18T14:00:00+02:00", NOON),
    ("2026-05-18T00:30:00-11:30", NOON),
    ("2026-05-18T12:00:00.123456Z", NOON + 123_456),
    ("2026-05-18T12:00:00.1Z", NOON + 100_000),
    ("2026-05-18T12:00:00.123Z", NOON + 123_000),
    ("2026-05-18T12:00:00.123456789Z", NOON + 123_456),
    ("2026-05-18T12:00:00.1234567899999999Z", NOON + 123_456),
    ("2016-12-31T23:59:60Z", NEW_YEAR - 1_000_000),
    ("2016-12-31T23:59:60.999Z", NEW_YEAR - 1_000),
    ("0001-01-01T00:00:00Z", EARLIEST),
    ("9999-12-31T23:59:59.999999Z", LATEST - 1),
    ("2026-05-18T12:00:00.000000Z", NOON),
    ("2026-05-18T12:00:00.5+01:00", NOON - 3_599_500_000),
]


@pytest.mark.parametrize(("text", "instant"), READABLE)
def test_a_time_is_read_to_its_instant(text: str, instant: int) -> None:
    assert read_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-18",
        "2026-05-18T12:00Z",
        "2026-05-18T12:00:00",
        "2026-05-18T12:00:00+0200",
        "2026-05-18T12:00:00+02",
        "2026-05-18T12:00:00,5Z",
        "2026-05-18T12:00:00.Z",
        " 2026-05-18T12:00:00Z",
        "2026-05-18T12:00:00Z ",
        "2026-05-18T12:00:00Z\n",
        "2026-05-18  12:00:00Z",
        "20260518T120000Z",
        "2026-W21-1T12:00:00Z",
        "2026-138T12:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-05-18T24:00:00Z",
        "2026-05-18T12:60:00Z",
        "2026-05-18T12:00-00Z",
        "2026-05-18T12:00-00.123456Z",
        "2026-05-18T12:00:61Z",
        "2026-05-18T12:00:00.12x456Z",
        "2026-05-18T12:00:00.+12345Z",
        "2026-05-18T12:00:00.1_3456Z",
        "2026-05-18T12:00:0٣Z",
        "2026-05-18T12:00:00.12345٣Z",
        "2026-05-18T12:00:00+24:00",
        "2026-05-18T12:00:00+01:60",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "yesterday",
        "",
    ],
)
def test_anything_else_is_not_a_time(text: str) -> None:
    read_instant("2026-05-18T12:00:00Z")  # its minute is known now: a shortcut must not let in what follows
    assert read_instant(text) is None


@given(st.integers(EARLIEST, LATEST - 1))
def test_every_instant_survives_its_text_and_its_shortcut(instant: int) -> None:
    text = to_text(instant)
    assert (read_instant(text), read_instant(text)) == (instant, instant)


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)), st.integers(-1439, 1439))
def test_every_offset_leads_to_the_same_instant(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=UTC)
    text = aware.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert read_instant(text) == from_datetime(aware)


@given(times() | st.sampled_from([text for text, _ in READABLE]))
def test_a_plain_time_is_one_that_its_instant_spells(text: str) -> None:
    instant = read_instant(text)
    assert instant is not None
    assert is_plain(text) == (to_text(instant) == text)


@given(st.integers(EARLIEST, LATEST - 1))
def test_a_day_survives_its_text(instant: int) -> None:
    day = day_of(instant)
    assert (read_day(day_text(day)), day * DAY <= instant < (day + 1) * DAY) == (day, True)


@pytest.mark.parametrize(
    "text", ["2026-5-18", "2026-02-29", "20260518", "2026-W21-1", "2026-05-18T00:00:00Z", ""]
)
def test_anything_else_is_not_a_day(text: str) -> None:
    assert read_day(text) is None
