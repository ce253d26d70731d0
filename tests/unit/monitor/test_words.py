from datetime import date

import pytest

from ai_usage.errors import UsageError
from ai_usage.monitor.completion import completions
from ai_usage.monitor.look import ALL_SORTS, Look
from ai_usage.monitor.span import ALL, Span
from ai_usage.monitor.words import WORDS, Facts, Order, obey
from ai_usage.report.question import Filters, SortKey

FACTS = Facts(
    date(2026, 11, 22),
    ["claude", "codex"],
    ["desk", "laptop"],
    ["Opus 4.8"],
    ["shop", "blog"],
    ["claude", "gemini"],
)
LOOK = Look()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("vendor codex", LOOK._replace(filters=Filters(vendor=("codex",)))),
        ("  vendor   all ", LOOK),
        ("vendor gemini", LOOK._replace(filters=Filters(vendor=("gemini",)))),
        ("vendor Codex", LOOK._replace(filters=Filters(vendor=("codex",)))),
        ("host Laptop", LOOK._replace(filters=Filters(host=("laptop",)))),
        ("host laptop", LOOK._replace(filters=Filters(host=("laptop",)))),
        ("model opus 4.8", LOOK._replace(filters=Filters(model=("opus 4.8",)))),
        ("project shop", LOOK._replace(filters=Filters(project=("shop",)))),
        ("days 14", LOOK._replace(span=Span(14))),
        ("date 2026-11-20", LOOK._replace(span=Span(1, date(2026, 11, 20)))),
        ("date today", LOOK._replace(span=Span(1))),
        ("date yesterday", LOOK._replace(span=Span(1, date(2026, 11, 21)))),
        ("date monday", LOOK._replace(span=Span(1, date(2026, 11, 16)))),
        ("range -7d yesterday", LOOK._replace(span=Span(7, date(2026, 11, 21)))),
        ("range 2026-11-01 2026-11-10", LOOK._replace(span=Span(10, date(2026, 11, 10)))),
        ("range 2026-11-10 2026-11-01", LOOK._replace(span=Span(10, date(2026, 11, 10)))),
        ("range 2026-11-16 today", LOOK._replace(span=Span(7))),
        ("latest", LOOK),
        ("all", LOOK._replace(span=ALL)),
        ("group projects", LOOK._replace(grouping="projects")),
        ("group weekly", LOOK._replace(grouping="weekly")),
        ("sort name", LOOK._replace(sort=SortKey.NAME)),
        ("by model", LOOK._replace(split="model")),
        ("tokens", LOOK._replace(measure="tokens")),
        ("lanes", LOOK._replace(style="lanes")),
        ("patterns", LOOK._replace(patterns=True)),
        ("sync", Order.SYNC),
        ("verify", Order.VERIFY),
        ("update", Order.UPDATE),
        ("help", Order.HELP),
        ("QUIT", Order.QUIT),
        ("q", Order.QUIT),
    ],
)
def test_what_a_line_means(line: str, meant: Look | Order) -> None:
    assert obey(line, LOOK, FACTS) == meant


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "unknown command ''; press ? for the list"),
        ("dance", "unknown command 'dance'; press ? for the list"),
        ("export", "unknown command 'export'; press ? for the list"),
        ("daily", "unknown command 'daily'; did you mean group daily? (press ? for the list)"),
        ("projects", "unknown command 'projects'; did you mean group projects? (press ? for the list)"),
        ("requests", "unknown command 'requests'; did you mean sort requests? (press ? for the list)"),
        ("today", "unknown command 'today'; did you mean date today? (press ? for the list)"),
        ("vendro x", "unknown command 'vendro'; did you mean vendor? (press ? for the list)"),
        ("da", "'da' may be days or date"),
        ("vendor", "write: vendor X"),
        ("quit now", "write: quit"),
        ("vendor vim", "vendor 'vim' is not known; known: claude, codex, gemini, all"),
        ("host moon", "host 'moon' is not known; known: desk, laptop, all"),
        ("days none", "days: 'none' is not a number of days; write 1 for today, 7 for the last week"),
        ("days 0", "days: '0' is not a number of days; write 1 for today, 7 for the last week"),
        ("days \u00b2", "days: '\u00b2' is not a number of days; write 1 for today, 7 for the last week"),
        ("date 2026-02-30", "'2026-02-30' is not a date; write YYYY-MM-DD, today, yesterday, monday or -7d"),
        (
            "date yesteday",
            "'yesteday' is not a date; write YYYY-MM-DD, today, yesterday, monday or -7d; did you mean yesterday?",
        ),
        ("vendor claud", "vendor 'claud' is not known; did you mean claude?"),
        ("gruop models", "unknown command 'gruop'; did you mean group? (press ? for the list)"),
        ("date 2026-11-23", "2026-11-23 has not come yet"),
        ("sort price", "sort 'price' is not known; known: " + ", ".join(ALL_SORTS)),
    ],
)  # fmt: skip
def test_an_unknown_line_is_answered_with_what_would_be_right(line: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        obey(line, LOOK, FACTS)
    assert str(caught.value) == why


def test_every_word_can_be_typed() -> None:
    examples = {
        "X": "all",
        "N": "3",
        "D": "today",
        "A": "2026-11-01",
        "B": "today",
        "G": "models",
        "S": "cost",
        "K": "host",
    }
    for name, word in WORDS.items():
        line = " ".join([name, *(examples[argument] for argument in word.arguments.split())])
        assert isinstance(obey(line, LOOK, FACTS), Look | Order), line


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("ve", ["vendor ", "verify"]),
        ("vendor ", ["vendor claude", "vendor codex", "vendor gemini", "vendor all"]),
        ("vendor co", ["vendor codex"]),
        ("host L", ["host laptop"]),
        ("model o", ["model Opus 4.8"]),
        ("range 2026-11-01 y", ["range 2026-11-01 yesterday"]),
        ("range 2026-11-01 today ", []),
        ("group w", ["group weekly"]),
        ("quit ", []),
        ("dance", []),
    ],
)
def test_how_a_line_may_go_on(text: str, offered: list[str]) -> None:
    assert completions(text, FACTS) == offered
