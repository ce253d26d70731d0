from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.config.zone import Zone
from ai_usage.monitor.span import ALL, STEPS, Span, dates_of, described, moved, paged, window_of, zoomed
from ai_usage.usage.window import EVERYTHING, Window
from tests.unit.report.worlds import BERLIN, at

NOW = at("2026-11-22T12:00")


@pytest.mark.parametrize(
    ("span", "now", "start", "end"),
    [
        pytest.param(Span(1), "2026-11-22T12:00", "2026-11-22T00:00", "2026-11-23T00:00", id="today"),
        pytest.param(
            Span(7), "2026-11-22T23:59", "2026-11-16T00:00", "2026-11-23T00:00", id="before midnight"
        ),
        pytest.param(
            Span(7), "2026-11-23T00:00", "2026-11-17T00:00", "2026-11-24T00:00", id="from midnight on"
        ),
        pytest.param(
            Span(2), "2026-10-25T12:00", "2026-10-24T00:00", "2026-10-26T00:00", id="49 hours with a change"
        ),
        pytest.param(
            Span(3, date(2026, 11, 10)),
            "2026-11-22T12:00",
            "2026-11-08T00:00",
            "2026-11-11T00:00",
            id="in the past",
        ),
    ],
)
def test_a_span_means_local_days(span: Span, now: str, start: str, end: str) -> None:
    assert window_of(span, at(now), BERLIN) == Window(at(start), at(end))


def test_the_day_on_which_clocks_go_back_has_25_hours() -> None:
    start, end = window_of(Span(1), at("2026-10-25T12:00"), BERLIN)
    assert start is not None
    assert end is not None
    assert end - start == 25 * 3600 * 1_000_000


def test_a_span_goes_back_and_forward_but_never_beyond_today() -> None:
    week = Span(7)
    assert moved(week, -1, NOW, BERLIN) == Span(7, date(2026, 11, 21))
    assert moved(Span(7, date(2026, 11, 21)), 1, NOW, BERLIN) == week
    assert moved(week, 5, NOW, BERLIN) == week
    assert paged(week, -1, NOW, BERLIN) == Span(7, date(2026, 11, 15))
    assert paged(Span(7, date(2026, 11, 15)), 2, NOW, BERLIN) == week
    assert moved(ALL, -3, NOW, BERLIN) == ALL


def test_zooming_goes_through_the_steps_to_everything_and_back() -> None:
    span, lengths = Span(1), [1]
    while span != ALL:
        span = zoomed(span, NOW, BERLIN, closer=False)
        lengths.append(span.days if span != ALL else 0)
    assert lengths == [*STEPS, 0]
    back = []
    while span != Span(1):
        span = zoomed(span, NOW, BERLIN, closer=True)
        back.append(span.days)
    assert back == list(STEPS[::-1])
    assert zoomed(Span(1), NOW, BERLIN, closer=True) == Span(1)


def test_zooming_keeps_the_last_day() -> None:
    assert zoomed(Span(7, date(2026, 11, 10)), NOW, BERLIN, closer=True) == Span(3, date(2026, 11, 10))


def test_bounds_inside_days_become_days_when_they_move() -> None:
    exact = Span(exact=Window(at("2026-11-10T08:00"), at("2026-11-12T09:30")))
    assert window_of(exact, NOW, BERLIN) == exact.exact
    assert moved(exact, -1, NOW, BERLIN) == Span(3, date(2026, 11, 11))


@pytest.mark.parametrize(
    ("span", "words"),
    [
        pytest.param(Span(1), "Sun Nov 22 · today", id="today"),
        pytest.param(Span(1, date(2026, 11, 21)), "Sat Nov 21", id="yesterday"),
        pytest.param(Span(7), "Nov 16 – 22 · 7 days", id="in one month"),
        pytest.param(Span(30), "Oct 24 – Nov 22 · 30 days", id="in two months"),
        pytest.param(Span(365), "Nov 23, 2025 – Nov 22, 2026 · 365 days", id="in two years"),
        pytest.param(Span(7, date(2025, 11, 9)), "Nov 3 – 9, 2025 · 7 days", id="in an earlier year"),
        pytest.param(ALL, "everything", id="everything"),
        pytest.param(
            Span(exact=Window(None, at("2026-11-10T00:00"))), "until Nov 9", id="without a beginning"
        ),
    ],
)
def test_what_the_header_says_of_a_span(span: Span, words: str) -> None:
    assert described(span, NOW, BERLIN) == words


@given(
    days=st.integers(1, 800),
    back=st.integers(-5000, 5000),
    now=st.integers(at("2026-01-01T00:00"), at("2027-01-01T00:00")),
    zone=st.sampled_from(["Europe/Berlin", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "UTC"]),
)
def test_a_moved_span_keeps_its_length_and_ends_by_today(days: int, back: int, now: int, zone: str) -> None:
    here = Zone(zone, ZoneInfo(zone))
    span = moved(Span(days), back, now, here)
    first, last = dates_of(span, now, here)
    today = dates_of(Span(1), now, here)[1]
    assert first is not None
    assert (last - first).days + 1 == days
    assert last == min(today + timedelta(days=back), today)
    assert (span.last is None) == (last == today)


def test_far_in_the_past_there_is_everything() -> None:
    assert window_of(Span(100, date(1, 1, 5)), NOW, BERLIN) == EVERYTHING
