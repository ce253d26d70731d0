"""Filters select exactly the rows that their words name, over all machines: every row of every report is walked."""

from collections.abc import Iterator

import pytest

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.build import build
from ai_usage.report.document import BY_TIME, KEY_COLUMNS, Report, Row
from ai_usage.report.gather import HostView
from ai_usage.report.question import Filters, Question
from ai_usage.usage.total import Total
from ai_usage.usage.window import between
from tests.unit.report.fleet import API, NOTES, OTHER_SHOP, SECRET, SHOP, fleet
from tests.unit.report.worlds import BERLIN, NOW, catalog, question


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[HostView]]:
    with fleet(tmp_path_factory.mktemp("fleet")) as machines:
        yield machines


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return catalog(tmp_path_factory.mktemp("prices"))


def asked(row: Row, name: str) -> Question:
    """What a person asks to see one row."""
    if name in BY_TIME:
        day = {
            "2026-W44": ("2026-10-26", "2026-11-01"), "2026-W45": ("2026-11-02", "2026-11-08"),
            "2026-W46": ("2026-11-09", "2026-11-15"), "2026-W47": ("2026-11-16", "2026-11-22"),
            "2026-W52": ("2026-12-21", "2026-12-27"), "2026-10": ("2026-10-01", "2026-10-31"),
            "2026-11": ("2026-11-01", "2026-11-30"), "2026-12": ("2026-12-01", "2026-12-31"),
        }.get(row.keys[0] or "", (row.keys[0], row.keys[0]))  # fmt: skip
        return question(window=between(*day, NOW, BERLIN.rules))
    keys = dict(zip(KEY_COLUMNS[name], row.keys, strict=True))
    return question(
        filters=Filters(
            vendor=() if "vendor" not in keys else (keys["vendor"] or "",),
            model=() if "model" not in keys else (keys["model"] or "",),
            project=() if name != "projects" else (keys["project_key"] or keys["project"] or "(none)",),
        )
    )


def meant(report: Report, row: Row) -> Total:
    """What the words that name a row select: that row, and rows whose names have its model's name in them."""
    total = Total()
    for other in report.rows:
        same = other.keys == row.keys
        if report.name == "models":
            same = other.keys[0] == row.keys[0] and (row.keys[1] or "") in (other.keys[1] or "")
        total = total.plus(other.total) if same else total
    return total


@pytest.mark.parametrize("name", sorted({*KEY_COLUMNS} - {"hosts", "sessions"}))
def test_a_filter_by_a_rows_own_words_has_its_total(
    name: str, views: list[HostView], prices: Catalog
) -> None:
    report = build(name, question(), views, prices)
    assert len(report.rows) > 2
    for row in report.rows:
        for other in ("models", "hosts", "sessions", "daily"):
            assert build(other, asked(row, name), views, prices).total == meant(report, row), (
                row.keys,
                other,
            )


def test_a_session_row_has_the_total_of_its_id_or_of_its_machine_and_agent(
    views: list[HostView], prices: Catalog
) -> None:
    for row in build("sessions", question(), views, prices).rows:
        vendor, host, session = row.keys[:3]
        if host == "desk" and session is not None:
            report = build("sessions", question(session=session), views, prices)
            assert row in report.rows
            assert {each.keys[2] for each in report.rows} == {session}
            assert report.notes == ()  # about no other machine, since none is in it
        elif host != "desk":
            filters = Filters(vendor=(vendor or "",), only_host=host)
            assert build("models", question(filters=filters), views, prices).total == row.total


@pytest.mark.parametrize(("host", "requests"), [("desk", 8), ("laptop", 6), ("tower", 2)])
def test_a_chosen_machine_shows_what_others_hold_too(
    host: str, requests: int, views: list[HostView], prices: Catalog
) -> None:
    """The fullest copy of `both` is the laptop's; each machine shows it when it is looked at alone."""
    merged = {row.keys[0]: row.total.requests for row in build("hosts", question(), views, prices).rows}
    assert merged == {"desk": 7, "laptop": 6, "tower": 1}
    alone = build("hosts", question(filters=Filters(host=(host,))), views, prices)
    assert [(row.keys[0], row.total.requests) for row in alone.rows] == [(host, requests)]


@pytest.mark.parametrize(
    ("word", "projects"),
    [
        pytest.param("notes", {NOTES}, id="a name that only some machines know"),
        pytest.param("MY-NOTES", {NOTES}, id="another name of the same key"),
        pytest.param("shop", {SHOP, OTHER_SHOP, API}, id="a part of several names"),
        pytest.param(SHOP, {SHOP}, id="a key"),
        pytest.param("22222222", {OTHER_SHOP}, id="the digits that tell two projects of one name apart"),
        pytest.param("2222", {OTHER_SHOP}, id="the first of them"),
        pytest.param("33", {SECRET}, id="digits that stand for a name"),
        pytest.param("aa", set(), id="letters that a key happens to have"),
        pytest.param("plain", {None}, id="a name without a key"),
    ],
)
def test_which_projects_a_word_means(
    word: str, projects: set[str | None], views: list[HostView], prices: Catalog
) -> None:
    report = build("projects", question(filters=Filters(project=(word,))), views, prices)
    assert {row.keys[1] for row in report.rows} == projects


def test_a_project_has_its_name_where_only_nameless_machines_worked_on_it(
    views: list[HostView], prices: Catalog
) -> None:
    alone = question(filters=Filters(host=("laptop",)))
    rows = build("projects", alone, views, prices).rows
    assert {row.keys for row in rows} == {
        ("notes", NOTES), ("shop", SHOP), ("shop-api", API), ("33333333", SECRET), (None, None),
    }  # fmt: skip
