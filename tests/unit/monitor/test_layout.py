from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.monitor.layout import NOWHERE, Content, Plan, Rect, plan
from ai_usage.monitor.look import PANELS, Panel


def overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@given(
    width=st.integers(20, 260),
    height=st.integers(5, 100),
    rows=st.integers(0, 500),
    days=st.integers(0, 400),
    hosts=st.integers(0, 30),
    projects=st.integers(0, 300),
    agents=st.integers(0, 12),
    panel=st.sampled_from(PANELS),
)
def test_parts_lie_on_the_screen_and_never_on_one_another(
    width: int, height: int, rows: int, days: int, hosts: int, projects: int, agents: int, panel: Panel
) -> None:
    division = plan(width, height, Content(rows, days, hosts, projects, agents), panel)
    shown = [place for place in division if place]
    for place in shown:
        assert place.x >= 0
        assert place.y >= 0
        assert place.x + place.width <= width
        assert place.y + place.height <= height
    assert not any(overlap(one, other) for one, other in combinations(shown, 2))


@pytest.mark.parametrize(
    ("width", "height", "panel", "shown"),
    [
        pytest.param(60, 20, "time", {"table", "time"}, id="small"),
        pytest.param(80, 24, "time", {"table", "time"}, id="usual"),
        pytest.param(80, 24, "days", {"table", "days"}, id="the days wanted"),
        pytest.param(80, 24, "hosts", {"table", "hosts"}, id="the hosts wanted"),
        pytest.param(80, 60, "time", {"table", "time", "days", "hosts", "agents", "projects"}, id="tall"),
        pytest.param(120, 40, "time", {"table", "time", "days", "hosts", "projects"}, id="wide"),
        pytest.param(240, 80, "time", {"table", "time", "days", "hosts", "agents", "projects"}, id="huge"),
        pytest.param(60, 10, "time", {"table"}, id="flat"),
    ],
)
def test_what_is_shown_at_a_size(width: int, height: int, panel: Panel, shown: set[str]) -> None:
    division = plan(width, height, Content(6, 7, 3, 5, 4), panel)
    assert {name for name, place in division._asdict().items() if place} == {
        "header",
        "status",
        "keys",
    } | shown


def test_one_machine_is_not_compared() -> None:
    assert plan(200, 60, Content(6, 7, 1), "hosts").hosts == NOWHERE


def test_on_a_wide_screen_the_days_stand_beside_the_table_too() -> None:
    assert plan(200, 50, Content(6, 30, 2, 40), "time") == Plan(
        header=Rect(0, 0, 200, 2),
        table=Rect(0, 2, 136, 9),
        time=Rect(0, 12, 136, 36),
        days=Rect(136, 2, 64, 31),
        hosts=Rect(136, 34, 64, 3),
        projects=Rect(136, 38, 64, 9),
        status=Rect(0, 48, 200, 1),
        keys=Rect(0, 49, 200, 1),
    )
