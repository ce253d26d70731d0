from pathlib import Path

from ai_usage.report.overview import build_overview
from ai_usage.report.question import Filters
from ai_usage.report.snapshot import build_snapshot
from ai_usage.report.status import build_status
from ai_usage.usage.bucket import Unit
from ai_usage.usage.total import Total
from ai_usage.usage.window import Window, last_days
from tests.unit.report.worlds import BERLIN, NOW, at, catalog, question, record, view

ALPHA = Total(requests=1, input_tokens=100, output_tokens=50, cost=600_000_000, priced_requests=1)
BETA = ALPHA._replace(cost=2_400_000_000)
WEEK = last_days(7, NOW, BERLIN.rules)
LAPTOP = view(
    "laptop",
    record("a", "2026-11-16T00:00"),
    record("b", "2026-11-22T09:00", model="beta-2", vendor="codex", session_id="s2"),
    record("c", "2026-11-22T10:00"),
)


def test_the_overview_has_every_day_of_the_window(tmp_path: Path) -> None:
    overview = build_overview(question(window=WEEK), [LAPTOP], catalog(tmp_path))
    assert (overview.unit, overview.days, overview.series) == (Unit.DAY, 7, ("codex", "claude"))
    assert [(point.bucket.name, point.parts) for point in overview.points] == [
        ("2026-11-16", (("claude", ALPHA),)),
        *((f"2026-11-{day}", ()) for day in range(17, 22)),
        ("2026-11-22", (("codex", BETA), ("claude", ALPHA))),
    ]
    total = Total()
    for point in overview.points:
        total = total.plus(point.total)
    assert total == overview.report.total == ALPHA.plus(ALPHA).plus(BETA)
    assert overview.cost_per_day == 3_600_000_000 // 7


def test_points_get_longer_where_there_would_be_too_many(tmp_path: Path) -> None:
    def unit(window: Window, most_points: int) -> Unit:
        prices = catalog(tmp_path)
        return build_overview(question(window=window), [LAPTOP], prices, most_points=most_points).unit

    year = Window(at("2026-01-01T00:00"), at("2027-01-01T00:00"))
    assert [unit(year, most) for most in (400, 100, 20)] == [Unit.DAY, Unit.WEEK, Unit.MONTH]
    today = last_days(1, NOW, BERLIN.rules)
    assert [unit(today, most) for most in (24, 23)] == [Unit.HOUR, Unit.DAY]


def test_the_days_of_an_open_window_count_from_the_first_request_to_now(tmp_path: Path) -> None:
    ahead = Window(None, at("2026-12-24T00:00"))
    assert build_overview(question(window=ahead), [LAPTOP], catalog(tmp_path)).days == 7


def test_an_overview_of_nothing(tmp_path: Path) -> None:
    overview = build_overview(question(), [view("laptop")], catalog(tmp_path))
    assert (overview.points, overview.days, overview.cost_per_day) == ((), 0, 0)


def test_the_snapshot_has_every_day_and_the_models_with_most_requests(tmp_path: Path) -> None:
    snapshot = build_snapshot(question(window=WEEK), [LAPTOP], catalog(tmp_path))
    assert snapshot.total == ALPHA.plus(ALPHA).plus(BETA)
    assert [date for date, _ in snapshot.days] == [f"2026-11-{day}" for day in range(16, 23)]
    assert [(top.model, top.label, top.vendors, top.total.requests) for top in snapshot.top_models] == [
        ("alpha-1", "Alpha One", ("claude",), 2),
        ("beta-2", "Beta 2", ("codex",), 1),
    ]


def test_the_snapshot_names_at_most_five_models(tmp_path: Path) -> None:
    many = view("laptop", *(record(f"k{n}", "2026-11-22T09:00", model=f"m-{n}") for n in range(7)))
    assert len(build_snapshot(question(), [many], catalog(tmp_path)).top_models) == 5


def test_the_status_knows_today_the_week_since_monday_and_the_session(tmp_path: Path) -> None:
    desktop = view("desktop", record("d", "2026-11-22T00:00"), record("e", "2026-11-15T23:59"), local=False)
    status = build_status(question(), [LAPTOP, desktop], catalog(tmp_path), "s1")
    assert status.today == ALPHA.plus(BETA).plus(ALPHA)
    assert status.week == status.today.plus(ALPHA)
    assert status.session == ALPHA.plus(ALPHA)
    assert status.hosts == 2
    assert build_status(question(), [LAPTOP], catalog(tmp_path), "unknown").session is None
    codex = question(filters=Filters(vendor=("codex",)))
    assert build_status(codex, [LAPTOP], catalog(tmp_path), "s1").session is None
    assert build_status(codex, [LAPTOP], catalog(tmp_path), "s2").session == BETA
    assert build_status(question(), [LAPTOP], catalog(tmp_path), None).session is None
