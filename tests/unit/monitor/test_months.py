from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_usage.config.zone import find_zone
from ai_usage.monitor.months import Months
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.cells import Usage, read_usage
from ai_usage.report.gather import HostView
from ai_usage.report.question import Question
from ai_usage.usage.bucket import Unit
from ai_usage.usage.window import EVERYTHING, Window, start_of_day
from tests.unit.report.worlds import NOW, at, catalog, record, view

FIRST = datetime(2025, 2, 1, 3, 30)
ZONES = ("Europe/Berlin", "America/St_Johns", "Asia/Kathmandu")


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return catalog(tmp_path_factory.mktemp("prices"))


@pytest.fixture(scope="module")
def views() -> Iterator[list[HostView]]:
    """Two machines over two years: a request every 93 hours, a third of them known to both."""
    times = [(FIRST + number * timedelta(hours=93)).isoformat() for number in range(160)]
    kept = [record(f"k{n}", time, output_tokens=n) for n, time in enumerate(times) if n % 3]
    others = [record(f"k{n}", time, model="beta-2") for n, time in enumerate(times) if n % 3 < 2]
    both = [view("desk", *kept), view("laptop", *others, local=False)]
    yield both
    for each in both:
        each.ledger.close()


def in_order(usage: Usage | None) -> Usage:
    """The same usage, whatever the order in which it was read."""
    assert usage is not None
    cells = {copies: tuple(sorted(some, key=repr)) for copies, some in usage.cells.items()}
    return usage._replace(cells=cells)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    windows=st.lists(
        st.tuples(
            st.dates(date(2024, 12, 1), date(2026, 12, 1)),
            st.integers(15, 800),
            st.sampled_from(["both", "from", "until", "none"]),
        ),
        min_size=1,
        max_size=3,
    ),
    name=st.sampled_from(ZONES),
)
def test_a_window_put_together_of_months_is_what_reading_it_at_once_gives(
    windows: list[tuple[date, int, str]], name: str, views: list[HostView], prices: Catalog
) -> None:
    zone = find_zone(name, {})
    months = Months()
    for first, days, bounds in windows:
        start = start_of_day(first, zone.rules)
        end = start_of_day(first + timedelta(days=days), zone.rules)
        window = {"both": Window(start, end), "from": Window(start), "until": Window(None, end)}.get(
            bounds, EVERYTHING
        )
        question = Question(zone, NOW, window)
        at_once = read_usage(question, views, prices, both_ways=True)
        if at_once.unit is Unit.DAY and len(at_once.buckets) >= 15:
            assert in_order(months.read(question, views, prices)) == in_order(at_once)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param("2026-03-01", "2026-03-08", id="few days"),
        pytest.param("2026-03-01T10:00", "2026-05-01", id="no whole day at the start"),
        pytest.param("2026-03-01", "2026-05-01T00:01", id="no whole day at the end"),
        pytest.param("2014-01-01", "2026-05-01", id="more years than anyone has logs of"),
        pytest.param("2008-01-01", "2026-05-01", id="a first day that stands for all years before"),
    ],
)
def test_other_windows_are_left_to_be_read_at_once(
    start: str, end: str, views: list[HostView], prices: Catalog
) -> None:
    zone = find_zone("Europe/Berlin", {})
    question = Question(zone, NOW, Window(at(start), at(end)))
    assert Months().read(question, views, prices) is None


def test_a_record_of_a_time_without_agents_is_not_lost(prices: Catalog) -> None:
    odd = view("desk", record("old", "1990-05-05T10:00"), record("new", "2020-03-03T10:00"))
    question = Question(find_zone("Europe/Berlin", {}), NOW)
    assert Months().read(question, [odd], prices) is None
    assert len(read_usage(question, [odd], prices, both_ways=True).cells[True]) == 2
    odd.ledger.close()


def test_what_was_read_ahead_is_not_read_again(views: list[HostView], prices: Catalog) -> None:
    question = Question(find_zone("Europe/Berlin", {}), NOW)
    months = Months()
    steps = sum(1 for _ in months.read_step_by_step(question, views, prices))
    assert steps == 21
    asked: list[str] = []
    views[0].ledger._connection.set_trace_callback(asked.append)
    assert months.read(question, views, prices) is not None
    views[0].ledger._connection.set_trace_callback(None)
    assert [each for each in asked if "rollups" in each] == []
