import pytest

from ai_usage.usage.spelling import did_you_mean, nearest

COMMANDS = ("models", "daily", "sessions", "sync", "statusline", "prices")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("dayly", "daily"),
        ("dayli", "daily"),
        ("Daily", "daily"),
        ("session", "sessions"),
        ("stat", "statusline"),
        ("snyc", "sync"),
        ("modles", "models"),
        ("s", None),
        ("", None),
        ("vim", None),
    ],
)
def test_what_is_spelled_most_alike(word: str, meant: str | None) -> None:
    assert nearest(word, COMMANDS) == meant
    assert did_you_mean(word, COMMANDS) == ("" if meant is None else f"; did you mean {meant}?")


def test_nothing_is_meant_where_nothing_is_known() -> None:
    assert nearest("daily", ()) is None
