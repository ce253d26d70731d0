"""Days as people write them: a date, `today`, `yesterday`, a day of the week, `-7d`."""

import re
from datetime import date, timedelta
from typing import Final

from ai_usage.usage.spelling import did_you_mean

EXAMPLES: Final = "YYYY-MM-DD, today, yesterday, monday or -7d"
"""The valid forms, for messages."""
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMES: Final = ("today", "yesterday", *_WEEKDAYS)
_FEWEST_LETTERS: Final = 3
_DATE: Final = r"\d{4}-\d\d-\d\d\Z"
_AGO: Final = r"-(\d{1,5})([dw])\Z"
_ALMOST_AGO: Final = r"-?(\d{1,3})([dw]?)\Z"


def day_of(text: str, today: date) -> date | None:
    """Return the day that a text means; None if it is not a day.

    A day of the week is the latest one, today included; three letters of its name are enough. `-7d` is the day seven
    days before today, `-2w` that two weeks before.
    """
    word = text.strip().lower()
    if re.match(_DATE, word, re.ASCII):
        try:
            return date.fromisoformat(word)
        except ValueError:
            return None
    ago = re.match(_AGO, word, re.ASCII)
    if ago:
        days = int(ago[1]) * (7 if ago[2] == "w" else 1)
    elif word in {"today", "yesterday"}:
        days = ("today", "yesterday").index(word)
    else:
        meant = [day for day, name in enumerate(_WEEKDAYS) if name.startswith(word)]
        if len(word) < _FEWEST_LETTERS or not meant:
            return None
        days = (today.weekday() - meant[0]) % 7
    try:
        return today - timedelta(days=days)
    except OverflowError:
        return None


def nearest_day(text: str) -> str:
    """Write the end of a message that refuses a word for a day."""
    ago = re.match(_ALMOST_AGO, text.strip().lower(), re.ASCII)
    if ago:
        return f"; did you mean -{ago[1]}{ago[2] or 'd'}?"
    return did_you_mean(text, _NAMES)
