"""Plain command lines mean the same whether the short cut reads them or the library that reads all others."""

from typing import Any

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ai_usage.cli.asked import NOTHING_ASKED, Asked
from ai_usage.cli.command import Group
from ai_usage.cli.commands.reports import report_command
from ai_usage.cli.options import DISPLAY, shared
from ai_usage.cli.plain import plain_report
from ai_usage.errors import UsageError
from ai_usage.report.document import KEY_COLUMNS

Answer = tuple[str, Asked] | str | None

WORDS = (
    "daily",
    "models",
    "--all",
    "--json",
    "--csv",
    "--offline",
    "--no-ingest",
    "--days",
    "7",
    "0",
    "x",
    "-1",
    "²",
)


def by_click(words: list[str]) -> Answer:
    """What the library makes of the words: the report and its options, the refusal, or nothing it accepts."""
    found: list[tuple[str, Asked]] = []

    @click.group(cls=Group)
    @shared(*DISPLAY)
    @click.pass_context
    def tree(context: click.Context, /, **parameters: Any) -> None:
        context.obj = NOTHING_ASKED.plus(Asked(**parameters))

    for name in KEY_COLUMNS:
        tree.add_command(report_command(name, lambda name, asked: found.append((name, asked))))
    try:
        tree.main(words, standalone_mode=False)
    except click.ClickException:
        return None
    except UsageError as error:
        return str(error)
    return found[0] if found else None


def by_short_cut(words: list[str]) -> Answer:
    """What the short cut makes of them."""
    try:
        return plain_report(words)
    except UsageError as error:
        return str(error)


@given(st.lists(st.sampled_from(WORDS), max_size=6))
@example(["--json", "daily", "--all", "--offline"])
@example(["daily", "--days", "7", "--csv"])
@example(["daily", "--days", "7", "--all"])
@example(["--days", "0", "daily"])
def test_what_the_short_cut_reads_it_reads_as_the_library_does(words: list[str]) -> None:
    answer = by_short_cut(words)
    assert answer is None or answer == by_click(words)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--all"],
        ["daily", "weekly"],
        ["daily", "--days"],
        ["daily", "--days", "x"],
        ["daily", "--days", "²"],
        ["daily", "--days", "9" * 5000],
        ["daily", "--days=7"],
        ["daily", "--vendor", "claude"],
        ["daily", "--help"],
        ["sources", "--json"],
        ["sessions", "s1"],
        ["sessions", "--limit", "3"],
        ["daily", "--sort", "cost"],
        ["dayly"],
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_all_other_words_are_left_to_the_library(words: list[str]) -> None:
    assert plain_report(words) is None
