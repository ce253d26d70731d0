"""A command offers the options that mean something to it, and refuses all others, before its name and after it."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ai_usage.cli.asked import Asked
from ai_usage.cli.command import Command
from ai_usage.cli.door import guarded
from ai_usage.cli.main import run_words, tree
from ai_usage.cli.options import SHARED

VALUES = {
    "--days": "3", "--since": "today", "--until": "today", "--vendor": "claude", "--host": "x", "--model": "x",
    "--project": "x", "--tz": "UTC", "--cost-mode": "auto", "--sort": "cost",
}  # fmt: skip
WINDOW = {"--days", "--since", "--until", "--all"}
FILTERS = {"--vendor", "--host", "--model", "--project", "--tz", "--cost-mode"}
REPORT = {*WINDOW, *FILTERS, "--json", "--csv", "--offline", "--no-ingest"}
OFFERED = {
    **{name: {*REPORT, "--sort"} for name in ("models", "vendors", "hosts", "projects", "sessions")},
    **dict.fromkeys(("daily", "weekly", "monthly"), REPORT),
    "snapshot": REPORT - {"--json", "--csv"},
    "statusline": {*FILTERS, "--offline", "--no-ingest"},
    "sources": {"--json", "--offline", "--no-ingest"},
    "prices": {"--json", "--offline", "--no-ingest"},
    "ingest": {"--offline"},
    "update": set(),
    "doctor": {"--json"},
    "sync init": set(),
    "sync push": {"--no-ingest"},
    "sync pull": set(),
    "sync status": {"--json"},
    "sync verify": {"--json", "--no-ingest"},
    "sync restore": {"--no-ingest"},
    "sync clean": set(),
    "sync forget": set(),
}
"""Of the options that commands share."""
HOLD_ANYWAY = {
    "snapshot": {"--json"},
    "update": {"--no-ingest"},
    "sync pull": {"--no-ingest"},
    "sync clean": {"--no-ingest"},
    **{name: {"--offline", "--no-ingest"} for name in ("doctor", "sync init", "sync status", "sync forget")},
}
"""What a command does anyway is no error, and is not offered."""


def leaves() -> Iterator[tuple[str, click.Command]]:
    """Every command by its whole name."""
    context = click.Context(tree)
    for name in tree.list_commands(context):
        command = tree.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", each) for inner, each in command.commands.items())
        else:
            yield name, command


COMMANDS = dict(leaves())


def shared_options(command: click.Command, *, hidden: bool) -> set[str]:
    """Return those of a command, offered or not."""
    return {
        SHARED[parameter.name]
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.name in SHARED and parameter.hidden == hidden
    }


def test_every_command_is_listed() -> None:
    assert set(COMMANDS) == set(OFFERED)
    assert all(isinstance(command, Command) for command in COMMANDS.values())
    assert tuple(SHARED) == Asked._fields


@pytest.mark.parametrize("name", OFFERED)
def test_a_command_offers_what_means_something_to_it(name: str) -> None:
    assert shared_options(COMMANDS[name], hidden=False) == OFFERED[name]
    assert shared_options(COMMANDS[name], hidden=True) == HOLD_ANYWAY.get(name, set())


@pytest.mark.parametrize("name", OFFERED)
def test_all_other_options_are_refused_before_and_after_its_name(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for option in sorted({*SHARED.values()} - OFFERED[name] - HOLD_ANYWAY.get(name, set())):
        said = [option, VALUES[option]] if option in VALUES else [option]
        needed = ["some-host"] if name == "sync forget" else []
        answers = []
        for words in ([*said, *name.split(), *needed], [*name.split(), *needed, *said]):
            assert guarded(lambda words=words: run_words(words)) == 2, words  # type: ignore[misc]
            answers.append(capsys.readouterr().err)
        assert answers[0] == answers[1]
        assert answers[0].startswith(f"ai-usage: {option}")
        assert answers[0].count("\n") == 1
    assert list(tmp_path.iterdir()) == []
