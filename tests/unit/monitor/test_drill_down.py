"""Looking into a row of the monitor's table shows exactly that row: every row of every grouping is walked."""

from collections.abc import Iterator

import pytest

from ai_usage.monitor.events import Snapshot
from ai_usage.monitor.look import ALL_GROUPINGS, Look
from ai_usage.monitor.picture import Picture, picture_of
from ai_usage.monitor.span import ALL, Span, window_of
from ai_usage.monitor.turns import Moment, into
from ai_usage.monitor.words import Facts, obey
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.cells import read_usage
from ai_usage.report.document import Row
from ai_usage.report.gather import HostView
from ai_usage.report.question import Filters
from ai_usage.usage.window import Window, local_date
from tests.unit.report.fleet import NOTES, fleet
from tests.unit.report.worlds import BERLIN, NOW, at, catalog, question

FACTS = Facts(local_date(NOW, BERLIN.rules), hosts=("desk", "laptop", "tower"))
MOMENT = Moment(NOW, BERLIN, lambda: FACTS)


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[HostView]]:
    with fleet(tmp_path_factory.mktemp("fleet")) as machines:
        yield machines


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return catalog(tmp_path_factory.mktemp("prices"))


class Screen:
    """What is seen of the machines under any look."""

    def __init__(self, views: list[HostView], prices: Catalog) -> None:
        self._views, self._prices = views, prices

    def snapshot(self, look: Look) -> Snapshot:
        asked = question(window=window_of(look.span, NOW, BERLIN))
        return Snapshot(
            look.span, read_usage(asked, self._views, self._prices, both_ways=True), self._prices, ()
        )

    def picture(self, look: Look) -> Picture:
        return picture_of(self.snapshot(look), look, NOW, 100)

    def rows(self, look: Look) -> tuple[Row, ...]:
        return self.picture(look).overview.report.rows

    def into(self, row: Row, look: Look) -> Look:
        return into(row, look, self.snapshot(look).usage, MOMENT)


@pytest.fixture
def screen(views: list[HostView], prices: Catalog) -> Screen:
    return Screen(views, prices)


SPANS = [
    pytest.param(ALL, id="everything"),
    pytest.param(Span(30), id="a week and a month cut by the window"),
    pytest.param(Span(exact=Window(at("2026-11-08T12:00"), at("2026-11-22T09:30"))), id="days cut"),
]
FILTERS = [
    pytest.param(Filters(), id="all"),
    pytest.param(Filters(host=("desk",)), id="one machine"),
    pytest.param(Filters(host=("desk", "laptop")), id="two machines"),
    pytest.param(Filters(project=("shop",), model=("gpt",)), id="words"),
]


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("grouping", ALL_GROUPINGS)
def test_looking_into_a_row_shows_its_total(
    grouping: str, span: Span, filters: Filters, screen: Screen
) -> None:
    look = Look(span=span, filters=filters, grouping=grouping)
    for row in screen.rows(look):
        narrowed = screen.into(row, look)
        for other in ALL_GROUPINGS:
            assert screen.picture(narrowed._replace(grouping=other)).overview.report.total == row.total, row
        for part in screen.rows(narrowed):
            deeper = screen.into(part, narrowed)
            assert screen.picture(deeper).overview.report.total == part.total, (row, part)


def test_the_rows_that_are_walked_are_those_that_could_be_mixed_up(screen: Screen) -> None:
    look = Look(span=ALL)
    projects = screen.rows(look._replace(grouping="projects"))
    assert [row.label for row in projects].count("shop") == 2
    assert {"shop-api", "notes", "(none)", "plain"} <= {row.label for row in projects}
    models = {row.keys for row in screen.rows(look)}
    assert {("codex", "gpt-5"), ("codex", "gpt-5-codex"), ("omp", "gpt-5"), ("claude", "unknown")} <= models


def test_whole_days_can_be_moved_on_from(screen: Screen) -> None:
    daily = Look(span=Span(30), grouping="daily")
    first, *_, today = screen.rows(daily)
    assert screen.into(today, daily).span == Span(1)
    assert screen.into(first, daily).span == Span(1, local_date(at("2026-10-31T12:00"), BERLIN.rules))
    weekly = daily._replace(grouping="weekly")
    assert screen.into(screen.rows(weekly)[-1], weekly) == Look(span=Span(7), grouping="daily")


def test_a_word_typed_after_takes_the_place_of_the_row(screen: Screen) -> None:
    look = Look(span=ALL, grouping="projects")
    (row,) = (row for row in screen.rows(look) if row.keys[1] == NOTES)
    narrowed = screen.into(row, look)
    assert narrowed.filters == Filters(only_project=("notes", NOTES))
    typed = obey("project shop", narrowed, FACTS)
    assert isinstance(typed, Look)
    assert typed.filters == Filters(project=("shop",))
