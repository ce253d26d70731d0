from datetime import datetime

import pytest

from ai_usage.cli.asked import NOTHING_ASKED, Asked
from ai_usage.errors import UsageError
from ai_usage.report.question import CostMode, Filters, SortKey
from ai_usage.usage.instant import from_datetime
from ai_usage.usage.window import EVERYTHING, Window


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


NOW = at("2026-11-22T12:00+01:00")
BERLIN = {"TZ": "Europe/Berlin"}


def test_words_before_and_after_the_name_are_taken_together() -> None:
    before = Asked(vendor=("claude",), as_json=True, tz="UTC", since="2026-01-01")
    after = Asked(vendor=("codex",), tz="Asia/Tokyo", until="2026-02-01", no_ingest=True)
    assert before.plus(after) == Asked(
        vendor=("claude", "codex"), as_json=True, tz="Asia/Tokyo", since="2026-01-01", until="2026-02-01",
        no_ingest=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Asked(days=0), Asked(everything=True)),
        (Asked(days=3), Asked(since="2026-01-01")),
        (Asked(until="2026-01-01"), Asked(everything=True)),
    ],
)
def test_windows_exclude_one_another(one: Asked, other: Asked) -> None:
    for first, second in ((one, other), (other, one)):
        with pytest.raises(UsageError, match="--days, --since/--until and --all exclude one another"):
            first.plus(second)


def test_forms_exclude_one_another() -> None:
    with pytest.raises(UsageError, match="--json and --csv exclude one another"):
        Asked(as_json=True).plus(Asked(as_csv=True))


@pytest.mark.parametrize(
    ("asked", "default_days", "window"),
    [
        (NOTHING_ASKED, None, EVERYTHING),
        (NOTHING_ASKED, 7, Window(at("2026-11-16T00:00+01:00"), at("2026-11-23T00:00+01:00"))),
        (Asked(everything=True), 7, EVERYTHING),
        (Asked(days=1), 7, Window(at("2026-11-22T00:00+01:00"), at("2026-11-23T00:00+01:00"))),
        (Asked(days=1, tz="UTC"), 7, Window(at("2026-11-22T00:00Z"), at("2026-11-23T00:00Z"))),
        (Asked(since="2026-11-20"), 7, Window(at("2026-11-20T00:00+01:00"), None)),
    ],
)
def test_the_window_is_the_one_asked_for(asked: Asked, default_days: int | None, window: Window) -> None:
    assert asked.question(NOW, BERLIN, default_days=default_days).window == window


def test_the_rest_of_the_question() -> None:
    question = Asked(host=("a",), model=("b",), cost_mode="display", sort="cache-read").question(
        NOW, BERLIN, default_days=None
    )
    assert (question.filters, question.cost_mode, question.sort, question.zone.name, question.now) == (
        Filters(host=("a",), model=("b",)),
        CostMode.DISPLAY,
        SortKey.CACHE_READ,
        "Europe/Berlin",
        NOW,
    )
