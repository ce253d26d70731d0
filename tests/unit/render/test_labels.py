from datetime import date, datetime, timedelta

import pytest

from ai_usage.render.labels import label_line
from ai_usage.report.overview import Point
from ai_usage.usage.bucket import Bucket, Unit
from ai_usage.usage.total import Total

NOW = datetime(2026, 11, 22, 8, 30)


def labels(names: list[str], unit: Unit, slot: int) -> str:
    """The labels of columns of so many cells."""
    points = [Point(Bucket(name, at, at + 1), Total(), ()) for at, name in enumerate(names)]
    return label_line(points, unit, [at * slot for at in range(len(names) + 1)], NOW)


def days(first: str, count: int) -> list[str]:
    return [str(date.fromisoformat(first) + timedelta(days=at)) for at in range(count)]


@pytest.mark.parametrize(
    ("names", "unit", "slot", "text"),
    [
        pytest.param(days("2026-10-30", 3), Unit.DAY, 8, "Oct 30  Oct 31  Nov 1", id="every day"),
        pytest.param(days("2026-11-02", 8), Unit.DAY, 4, "Nov 2   Nov 4   Nov 6   Nov 8", id="every second day"),
        pytest.param(days("2026-11-01", 30), Unit.DAY, 1, " Nov 2         Nov 16", id="mondays"),
        pytest.param(days("2026-11-16", 7), Unit.DAY, 5, "Nov 16    Nov 18    Nov 20    today", id="today"),
        pytest.param(days("2025-12-31", 2), Unit.DAY, 14, "Dec 31 2025   Jan 1 2026", id="years"),
        pytest.param(["2026-W01", "2026-W02"], Unit.WEEK, 14, "Dec 29 2025   Jan 5 2026", id="weeks"),
        pytest.param(["2025-12", "2026-01", "2026-02"], Unit.MONTH, 10, "Dec 2025  Jan 2026  Feb", id="months"),
        pytest.param(["2026-W46", "2026-W47"], Unit.WEEK, 9, "Nov 9    this week", id="this week"),
        pytest.param(["2026-11"], Unit.MONTH, 20, "this month", id="one month"),
        pytest.param(
            [f"2026-11-22T{hour:02}" for hour in range(9)], Unit.HOUR, 4,
            "00:00   02:00   04:00   06:00   now", id="hours of today",
        ),
        pytest.param(
            [f"2026-11-{day}T{hour:02}" for day in (20, 21) for hour in range(24)], Unit.HOUR, 1,
            "Nov 20  08:00   16:00   Nov 21  08:00   16:00", id="hours of two days",
        ),
        pytest.param(days("2026-11-16", 2), Unit.DAY, 1, "", id="no room at all"),
    ],
)  # fmt: skip
def test_labels_can_be_read_alone(names: list[str], unit: Unit, slot: int, text: str) -> None:
    assert labels(names, unit, slot) == text
