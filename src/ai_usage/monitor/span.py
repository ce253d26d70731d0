"""The chosen window: the last days, days in the past, a span of instants, or everything."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from ai_usage.config.zone import Zone
from ai_usage.usage.window import EVERYTHING, Window, last_days, local_date, start_of_day

STEPS: Final = (1, 2, 3, 7, 14, 30, 60, 90, 180, 365, 730)
"""The lengths of zoom steps, in days."""


class Span(NamedTuple):
    """A choice of time; without a last day it follows the clock."""

    days: int = 7
    last: date | None = None
    """The last day; None for the present day."""
    exact: Window | None = None
    """Exact bounds, which may be open; `days` and `last` are then ignored."""

    @property
    def follows_clock(self) -> bool:
        """Whether its end is the end of today."""
        return self.last is None and self.exact is None


ALL: Final = Span(exact=EVERYTHING)


def window_of(span: Span, now: int, zone: Zone) -> Window:
    """Return the window of a span at an instant in a zone."""
    if span.exact is not None:
        return span.exact
    if span.last is None:
        return last_days(span.days, now, zone.rules)
    try:
        first = start_of_day(span.last - timedelta(days=span.days - 1), zone.rules)
        return Window(first, start_of_day(span.last + timedelta(days=1), zone.rules))
    except OverflowError:
        return EVERYTHING


def dates_of(span: Span, now: int, zone: Zone) -> tuple[date | None, date]:
    """Return the first and the last local day of a span; the first is None if the span has no beginning."""
    start, end = window_of(span, now, zone)
    last = local_date(now if end is None else end - 1, zone.rules)
    return (None if start is None else local_date(start, zone.rules)), last


def between_days(first: date, last: date, today: date) -> Span:
    """Return the span of some days; one that ends today or later follows the clock."""
    if last >= today:
        return Span(max((today - first).days + 1, 1))
    return Span((last - first).days + 1, last)


def covering(part: Window, whole: Window, now: int, zone: Zone) -> Span:
    """Return the span of a part of a window: whole days if it consists of them, else its exact bounds.

    Args:
        part: the part, with two bounds.
        whole: the whole window.
        now: the instant.
        zone: the time zone.
    """
    start, end = part.span
    first, last = local_date(start, zone.rules), local_date(end - 1, zone.rules)
    span = between_days(first, last, local_date(now, zone.rules))
    begin, finish = start_of_day(first, zone.rules), start_of_day(last + timedelta(days=1), zone.rules)
    has_all = whole.span[0] <= begin <= start and end <= finish <= whole.span[1]
    return span if has_all and window_of(span, now, zone) == Window(begin, finish) else Span(exact=part)


def moved(span: Span, days: int, now: int, zone: Zone) -> Span:
    """Move a span by days, into the past if negative, and not beyond today."""
    first, last = dates_of(span, now, zone)
    if first is None:
        return span
    today = local_date(now, zone.rules)
    try:
        days = min(days, (today - last).days)
        shifted = last + timedelta(days=days)
    except OverflowError:
        return span
    length = (last - first).days + 1
    return Span(length, None if shifted >= today else shifted)


def paged(span: Span, pages: int, now: int, zone: Zone) -> Span:
    """Move a span by its own length."""
    first, last = dates_of(span, now, zone)
    return span if first is None else moved(span, pages * ((last - first).days + 1), now, zone)


def zoomed(span: Span, now: int, zone: Zone, *, closer: bool) -> Span:
    """Return the next shorter or longer span with the same last day; the longest is everything."""
    first, last = dates_of(span, now, zone)
    last_day = None if last >= local_date(now, zone.rules) else last
    if first is None:
        return Span(STEPS[-1], last_day) if closer else span
    length = (last - first).days + 1
    if closer:
        return Span(max((step for step in STEPS if step < length), default=1), last_day)
    longer = next((step for step in STEPS if step > length), None)
    return ALL if longer is None else Span(longer, last_day)


def described(span: Span, now: int, zone: Zone) -> str:
    """Describe the days of a span in a few words; the present year is left out."""
    first, last = dates_of(span, now, zone)
    today = local_date(now, zone.rules)
    if first is None:
        return "everything" if span.exact == EVERYTHING else f"until {_day(last, today)}"
    length = (last - first).days + 1
    if length == 1:
        return f"{last:%a} {_day(last, today)}" + (" · today" if last == today else "")
    if (first.year, first.month) == (last.year, last.month):
        words = f"{first:%b} {first.day} – {_day(last, today).partition(' ')[2]}"
    elif first.year == last.year:
        words = f"{first:%b} {first.day} – {_day(last, today)}"
    else:
        words = f"{first:%b} {first.day}, {first.year} – {last:%b} {last.day}, {last.year}"
    return f"{words} · {length} days"


def _day(day: date, today: date) -> str:
    return f"{day:%b} {day.day}" + (f", {day.year}" if day.year != today.year else "")
