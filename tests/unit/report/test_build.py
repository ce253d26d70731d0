from pathlib import Path

import pytest

from ai_usage.errors import UsageError
from ai_usage.report.build import build
from ai_usage.report.document import KEY_COLUMNS
from ai_usage.report.gather import HostView
from ai_usage.report.question import Filters, SortKey
from ai_usage.usage.total import Total
from ai_usage.usage.window import Window
from tests.unit.report.worlds import at, catalog, question, record, view

ONE = Total(requests=1, input_tokens=100, output_tokens=50, cost=600_000_000, priced_requests=1)
"""100 input tokens at $1 and 50 output tokens at $10 per million, in pico-USD."""


@pytest.fixture
def laptop() -> HostView:
    return view(
        "laptop",
        record("a", "2026-11-20T23:59:59.999999"),
        record("b", "2026-11-21T00:00:00", model="beta-2", session_id="s2", cwd="/home/ada/blog"),
        record("c", "2026-11-21T10:00:00", model="unlisted-9", vendor="codex", session_id=None, cwd=None),
    )


@pytest.fixture
def desktop() -> HostView:
    return view(
        "desktop",
        record("d", "2026-11-02T08:00:00"),
        record("e", "2026-11-21T08:00:00", cwd="/src/blog"),
        local=False,
    )


def keys(name: str, views: list[HostView], tmp_path: Path, **asked: object) -> list[tuple[str | None, ...]]:
    return [row.keys for row in build(name, question(**asked), views, catalog(tmp_path)).rows]


@pytest.mark.parametrize("name", KEY_COLUMNS)
def test_the_rows_of_every_report_add_up_to_the_same_totals(
    name: str, laptop: HostView, desktop: HostView, tmp_path: Path
) -> None:
    report = build(name, question(), [laptop, desktop], catalog(tmp_path))
    total = Total()
    for row in report.rows:
        total = total.plus(row.total)
    assert total == report.total
    assert report.total._replace(cost=0) == Total(
        requests=5, input_tokens=500, output_tokens=250, priced_requests=4, unpriced_tokens=150
    )
    assert {len(row.keys) for row in report.rows} == {len(KEY_COLUMNS[name])}


def test_models_are_ordered_by_cost_and_named_for_people(laptop: HostView, tmp_path: Path) -> None:
    report = build("models", question(), [laptop], catalog(tmp_path))
    assert [(row.keys, row.label, row.total.known_cost) for row in report.rows] == [
        (("claude", "beta-2"), "Beta 2", 2_400_000_000),
        (("claude", "alpha-1"), "Alpha One", 600_000_000),
        (("codex", "unlisted-9"), "Unlisted 9", None),
    ]
    assert report.unpriced_models == ("unlisted-9",)
    assert report.notes == ("150 tokens have no known price and are left out of the costs: unlisted-9.",)


def test_days_are_local_and_empty_ones_left_out(laptop: HostView, desktop: HostView, tmp_path: Path) -> None:
    report = build("daily", question(), [laptop, desktop], catalog(tmp_path))
    assert [(row.keys, row.total.requests) for row in report.rows] == [
        (("2026-11-02",), 1),
        (("2026-11-20",), 1),
        (("2026-11-21",), 3),
    ]
    assert keys("weekly", [laptop, desktop], tmp_path) == [("2026-W45",), ("2026-W47",)]
    assert keys("monthly", [laptop, desktop], tmp_path) == [("2026-11",)]


def test_a_report_by_time_stays_in_time_order(laptop: HostView, tmp_path: Path) -> None:
    assert keys("daily", [laptop], tmp_path, sort=SortKey.COST) == [("2026-11-20",), ("2026-11-21",)]


def test_projects_of_one_key_are_one_project_with_the_name_that_any_machine_knows(
    laptop: HostView, desktop: HostView, tmp_path: Path
) -> None:
    report = build("projects", question(sort=SortKey.NAME), [laptop, desktop], catalog(tmp_path))
    assert [(row.keys[0], row.label, row.total.requests) for row in report.rows] == [
        (None, "(none)", 1),
        ("blog", "blog", 2),
        ("shop", "shop", 2),
    ]
    alone = build("projects", question(), [desktop], catalog(tmp_path))
    assert sorted(row.label for row in alone.rows) == ["626c6f67", "73686f70"]


def test_sessions_of_another_machine_are_one_row_a_vendor(
    laptop: HostView, desktop: HostView, tmp_path: Path
) -> None:
    assert keys("sessions", [laptop, desktop], tmp_path) == [
        ("codex", "laptop", None, None, "2026-11-21T10:00:00+01:00", "2026-11-21T10:00:00+01:00"),
        ("claude", "desktop", None, None, "2026-11-02T08:00:00+01:00", "2026-11-21T08:00:00+01:00"),
        ("claude", "laptop", "s2", "blog", "2026-11-21T00:00:00+01:00", "2026-11-21T00:00:00+01:00"),
        ("claude", "laptop", "s1", "shop", "2026-11-20T23:59:59+01:00", "2026-11-20T23:59:59+01:00"),
    ]


def test_a_host_that_is_not_known_is_an_error_with_the_known_ones(laptop: HostView, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--host: 'mars' is not known; known hosts: laptop"):
        build("models", question(filters=Filters(host=("mars",))), [laptop], catalog(tmp_path))


@pytest.mark.parametrize(
    ("filters", "requests"),
    [
        (Filters(vendor=("codex",)), 1),
        (Filters(host=("desktop",)), 2),
        (Filters(model=("alpha",)), 3),
        (Filters(model=("ALPHA ONE",)), 3),
        (Filters(project=("blo",)), 2),
        (Filters(project=("626C6F67",)), 2),
        (Filters(vendor=("claude",), model=("beta",), project=("blog",)), 1),
        (Filters(vendor=("codex",), model=("beta",)), 0),
    ],
)
def test_filters_leave_out_the_rest(
    laptop: HostView, desktop: HostView, tmp_path: Path, filters: Filters, requests: int
) -> None:
    report = build("models", question(filters=filters), [laptop, desktop], catalog(tmp_path))
    assert report.total.requests == requests


def test_a_window_is_half_open(laptop: HostView, tmp_path: Path) -> None:
    window = Window(at("2026-11-21T00:00"), at("2026-11-21T10:00"))
    assert keys("models", [laptop], tmp_path, window=window) == [("claude", "beta-2")]


def test_an_empty_ledger_gives_an_empty_report(tmp_path: Path) -> None:
    for name in KEY_COLUMNS:
        report = build(name, question(), [view("laptop")], catalog(tmp_path))
        assert (report.rows, report.total, report.notes) == ((), Total(), ())


def test_notes_tell_what_the_figures_leave_open(tmp_path: Path) -> None:
    doubtful = view(
        "laptop",
        record("a", "2026-11-20T10:00", undated=1),
        record("b", "2026-11-20T10:00", unreconciled=1),
        record("c", "2026-11-20T10:00", unreconciled=1),
        record("d", "2026-11-20T10:00", input_tokens=2**60),
    )
    other = view("desktop", record("e", "2026-11-20T10:00"), local=False)
    assert build("vendors", question(), [doubtful, other], catalog(tmp_path)).notes == (
        "Costs from other machines leave out web-search fees and service tiers, which are not synced.",
        "1 request is left out of the sums, because a count is above 2^53 or the cost above $10,000.",
        "1 request is dated by the log file's last change, because the log gives no usable time.",
        "2 requests are counted by parts that do not add up to the total in the log.",
    )


def test_several_chosen_machines_may_count_a_request_each(tmp_path: Path) -> None:
    views = [view("a", record("x", "2026-11-20T10:00")), *(view(host, local=False) for host in ("b", "c"))]
    report = build("models", question(filters=Filters(host=("a", "b"))), views, catalog(tmp_path))
    assert "A request that several of the chosen machines hold is counted for each of them." in report.notes


def test_the_cost_of_one_request_is_exact(laptop: HostView, tmp_path: Path) -> None:
    filters = Filters(model=("alpha",))
    assert build("models", question(filters=filters), [laptop], catalog(tmp_path)).total == ONE


def test_a_note_on_other_machines_stands_only_below_their_figures(
    laptop: HostView, desktop: HostView, tmp_path: Path
) -> None:
    def noted(name: str, filters: Filters) -> bool:
        notes = build(name, question(filters=filters), [laptop, desktop], catalog(tmp_path)).notes
        return any(note.startswith("Costs from other machines") for note in notes)

    for name in KEY_COLUMNS:
        assert noted(name, Filters())
        assert not noted(name, Filters(vendor=("codex",))), name
        assert not noted(name, Filters(model=("none-such",))), name


def test_sessions_of_several_other_machines_are_told_apart_by_their_labels(
    laptop: HostView, desktop: HostView, tmp_path: Path
) -> None:
    other = view("tower", record("f", "2026-11-01T08:00:00"), local=False)
    report = build("sessions", question(), [laptop, desktop, other], catalog(tmp_path))
    assert [row.label for row in report.rows] == [
        "(no session id)", "desktop: all sessions", "s2", "s1", "tower: all sessions",
    ]  # fmt: skip
