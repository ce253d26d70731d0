from datetime import date

import pytest

from ai_usage.usage.day_word import day_of, nearest_day

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-02", date(2026, 11, 2)),
        ("today", SUNDAY),
        ("Yesterday", date(2026, 11, 21)),
        ("monday", date(2026, 11, 16)),
        ("MON", date(2026, 11, 16)),
        ("saturday", date(2026, 11, 21)),
        ("sunday", SUNDAY),
        ("-0d", SUNDAY),
        ("-7d", date(2026, 11, 15)),
        ("-2w", date(2026, 11, 8)),
        ("-99999d", date(1753, 2, 7)),
    ],
)
def test_what_a_day_is_called(text: str, day: date) -> None:
    assert day_of(text, SUNDAY) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "su",
        "mo",
        "7d",
        "-7",
        "-d",
        "-100000d",
        "-99999w",
        "2026-02-30",
        "tomorrow",
        "-\u0667d",
        "mondays",
    ],
)
def test_what_is_called_no_day(text: str) -> None:
    assert day_of(text, date(1900, 1, 1)) is None


def test_a_misspelled_day_is_suggested() -> None:
    assert (nearest_day("yesteday"), nearest_day("mondya"), nearest_day("soon")) == (
        "; did you mean yesterday?",
        "; did you mean monday?",
        "",
    )
