"""The commands of the prompt: changes of the look, and orders to the program."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from ai_usage.errors import UsageError
from ai_usage.monitor.look import ALL_GROUPINGS, ALL_SORTS, SPLITS, Look
from ai_usage.monitor.span import ALL, Span, between_days
from ai_usage.report.question import SortKey
from ai_usage.usage.day_word import EXAMPLES, day_of, nearest_day
from ai_usage.usage.spelling import did_you_mean

EVERY: Final = "all"
"""The word that removes a filter."""


class Order(StrEnum):
    """The commands of the prompt that do not change the look."""

    REFRESH = "refresh"
    SYNC = "sync"
    VERIFY = "verify"
    UPDATE = "update"
    NOTES = "notes"
    THEME = "theme"
    HELP = "help"
    QUIT = "quit"

    @property
    def action(self) -> str:
        """The action of the screen or of the application (`app.`), as for a key."""
        match self:
            case Order.NOTES | Order.THEME | Order.HELP:
                return str(self)
            case Order.SYNC | Order.VERIFY:
                return f"app.sync('{self}')"
            case Order.REFRESH | Order.UPDATE:
                return f"app.{self}"
            case Order.QUIT:
                return "app.leave"


class Facts(NamedTuple):
    """The names that commands may use now."""

    today: date
    vendors: Sequence[str] = ()
    hosts: Sequence[str] = ()
    models: Sequence[str] = ()
    projects: Sequence[str] = ()
    agents: Sequence[str] = ()
    """Every agent that the program reads, used or not."""

    @property
    def known_vendors(self) -> list[str]:
        """Every agent that a command may name, those of this window first."""
        return [*self.vendors, *(agent for agent in self.agents if agent not in self.vendors)]


class Word(NamedTuple):
    """One command of the prompt."""

    arguments: str
    help: str


WORDS: Final = {
    "vendor": Word("X", "only this agent; `vendor all` for every one"),
    "host": Word("X", "only this machine; `host all` for every one"),
    "model": Word("X", "only models with X in their name"),
    "project": Word("X", "only projects with X in their name"),
    "days": Word("N", "the last N days, today included"),
    "date": Word("D", f"one day: {EXAMPLES}"),
    "range": Word("A B", "from day A to day B"),
    "latest": Word("", "back to now"),
    "all": Word("", "everything, and no filter"),
    "group": Word("G", "rows by " + ", ".join(ALL_GROUPINGS)),
    "sort": Word("S", "order by " + ", ".join(ALL_SORTS)),
    "cost": Word("", "the chart shows cost"),
    "tokens": Word("", "the chart shows tokens"),
    "by": Word("K", "the chart's series are " + ", ".join(SPLITS)),
    "columns": Word("", "the chart stacks its series"),
    "lanes": Word("", "the chart has a lane for each series"),
    "patterns": Word("", "the chart's parts differ by pattern too, or no more"),
    "theme": Word("", "light or dark"),
    "notes": Word("", "notes, errors and messages in full"),
    "refresh": Word("", "look for new log lines now"),
    "sync": Word("", "synchronise now"),
    "verify": Word("", "compare all machines day by day"),
    "update": Word("", "look for a newer release"),
    "help": Word("", "keys and words"),
    "quit": Word("", "leave"),
}


_ARGUMENTS: Final[Mapping[str, Sequence[str]]] = {
    "group": ALL_GROUPINGS,
    "sort": ALL_SORTS,
    "date": ("today", "yesterday"),
}
"""Words that are valid only after a command."""


def obey(text: str, look: Look, facts: Facts) -> Look | Order:
    """Read a line of the prompt.

    Args:
        text: the typed line.
        look: the present look.
        facts: the names that commands may use.

    Raises:
        UsageError: an unknown command or a wrong argument; the text names the valid ones.
    """
    word, *arguments = text.split() or [""]
    name = _unabbreviated(word.lower())
    wanted = WORDS[name].arguments.split()
    if name not in {"model", "project"} and len(arguments) != len(wanted):
        raise UsageError(f"write: {name} {WORDS[name].arguments}".rstrip())
    if name in set(Order):
        return Order(name)
    return _looking(name, arguments, look, facts)


def _looking(name: str, arguments: list[str], look: Look, facts: Facts) -> Look:
    filters = look.filters
    match name:
        case "vendor":
            return look._replace(
                filters=filters._replace(vendor=_one_of(arguments[0], facts.known_vendors, name))
            )
        case "host":
            return look._replace(
                filters=filters._replace(host=_one_of(arguments[0], facts.hosts, name), only_host=None)
            )
        case "model":
            return look._replace(filters=filters._replace(model=_part(arguments), only_model=None))
        case "project":
            return look._replace(filters=filters._replace(project=_part(arguments), only_project=None))
        case "days":
            return look._replace(span=Span(_days(arguments[0])))
        case "date":
            day = _date(arguments[0], facts.today)
            return look._replace(span=between_days(day, day, facts.today))
        case "range":
            first, last = sorted(_date(each, facts.today) for each in arguments)
            return look._replace(span=between_days(first, last, facts.today))
        case "latest":
            return look._replace(span=Span(look.span.days))
        case "all":
            return look._replace(span=ALL, filters=Look().filters)
        case "group":
            return look._replace(grouping=_choice(arguments[0], ALL_GROUPINGS, name))
        case "sort":
            return look._replace(sort=SortKey(_choice(arguments[0], ALL_SORTS, name)))
        case "by":
            split = _choice(arguments[0], SPLITS, name)
            return look._replace(split=next(each for each in SPLITS if each == split))
        case "cost":
            return look._replace(measure="cost")
        case "tokens":
            return look._replace(measure="tokens")
        case "columns":
            return look._replace(style="columns")
        case "lanes":
            return look._replace(style="lanes")
        case _:
            assert name == "patterns"
            return look._replace(patterns=not look.patterns)


def _unabbreviated(word: str) -> str:
    """Find a command by its beginning, if that is unique."""
    if word in WORDS:
        return word
    meant = [name for name in WORDS if word and name.startswith(word)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UsageError(f"{word!r} may be {' or '.join(meant)}")
    taking = [f"{name} {word}" for name, words in _ARGUMENTS.items() if word in words]
    advice = f"; did you mean {taking[0]}?" if taking else did_you_mean(word, WORDS)
    where = f"{advice} (press ? for the list)" if advice else "; press ? for the list"
    raise UsageError(f"unknown command {word!r}{where}")


def _one_of(text: str, names: Sequence[str], what: str) -> tuple[str, ...]:
    if text == EVERY:
        return ()
    named = [name for name in names if name == text] or [
        name for name in names if name.casefold() == text.casefold()
    ]
    if named:
        return (named[0],)
    raise _unknown(what, text, (*names, EVERY))


def _part(arguments: list[str]) -> tuple[str, ...]:
    text = " ".join(arguments)
    return () if text in {"", EVERY} else (text,)


def _choice(text: str, choices: Sequence[str], what: str) -> str:
    if text.lower() not in choices:
        raise _unknown(what, text, choices)
    return text.lower()


def _unknown(what: str, text: str, known: Sequence[str]) -> UsageError:
    """Refuse a word with a suggestion, or with all known words if none is similar."""
    advice = did_you_mean(text, known) or f"; known: {', '.join(known)}"
    return UsageError(f"{what} {text!r} is not known{advice}")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 100_000:
        raise UsageError(f"days: {text!r} is not a number of days; write 1 for today, 7 for the last week")
    return int(text)


def _date(text: str, today: date) -> date:
    day = day_of(text, today)
    if day is None:
        raise UsageError(f"{text!r} is not a date; write {EXAMPLES}{nearest_day(text)}")
    if day > today:
        raise UsageError(f"{day} has not come yet")
    return day
