"""Messages that refuse arguments: what is wrong, and what the person may have meant."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import click

from ai_usage.cli.options import SHARED
from ai_usage.usage.spelling import nearest

_MEANT: Final = {
    "today": "--days 1",
    "now": "--days 1",
    "yesterday": "daily --since yesterday --until yesterday",
    "day": "daily",
    "days": "daily",
    "agents": "vendors",
    "tools": "vendors",
    "machines": "hosts",
    "logs": "sources",
    "cost": "models",
    "costs": "models",
    "usage": "models",
    "report": "models",
    "status": "sync status",
    "statusbar": "statusline",
    "upgrade": "update",
    "overview": "--once",
    "once": "--once",
    "json": "--json",
    "help": "--help",
    "version": "--version",
    **{word: f"sync {word}" for word in ("init", "push", "pull", "verify", "restore", "clean", "forget")},
}
"""Words that people try as commands, and the command that does it."""
_ONE_COMMAND: Final = {
    "--limit": "sessions --limit N",
    "--check": "update --check",
    "--adopt": "sync push --adopt",
    "--undo": "sync forget HOST --undo",
    "--if-idle": "ingest --if-idle",
    "--once": "--once",
    "--auto-update": "--auto-update",
}
"""Options that only one command has, and where they are written."""
_SPELLINGS: Final = frozenset({*SHARED.values(), "--tool", "--agent"})
_EXTRA: Final = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.S)


def told(error: click.ClickException) -> str:
    """Describe in one line what is wrong with the arguments."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    match error:
        case click.BadOptionUsage():  # the only two of them in click
            takes = "takes no value" if "does not take" in error.message else "needs a value"
            return f"{error.option_name} {takes}"
        case click.NoSuchOption() if context is not None:
            return refuse_option(context, error.option_name)
        case click.MissingParameter(param=click.Parameter() as parameter) if context is not None:
            name = parameter.make_metavar(context)
            return f"{name} is missing; write: {context.command_path} {name}"
        case click.BadParameter(param=click.Parameter() as parameter):
            return f"{parameter.opts[0]}: {error.message}"
    extra = _EXTRA.fullmatch(error.message)
    return error.message.replace("\n", " ") if context is None or not extra else _too_many(context, extra[1])


def refuse_command(context: click.Context, word: str, known: Iterable[str]) -> str:
    """Describe an unknown command, and suggest a similar one or list all of them.

    Args:
        context: the group's context.
        word: the word written as a command.
        known: the names of the group's commands.
    """
    known = list(known)
    meant = nearest(word, known) if context.parent else _meant_by(word, known)
    if meant is None:
        return f"{word!r} is not a command; known: {', '.join(known)}"
    return f"{word!r} is not a command; did you mean `{context.command_path} {meant}`?"


def refuse_option(context: click.Context, option: str) -> str:
    """Explain why a command does not have an option."""
    command, path = context.command, context.command_path
    refusals: Mapping[str, str] = getattr(command, "refusals", {})
    if option in refusals:
        return f"{option}: {refusals[option]}"
    is_root = context.parent is None
    if isinstance(command, click.Group) and not is_root:
        return f"{option}: write options after the name of a command of `{path}`"
    if option in _SPELLINGS:
        return f"{option} does not apply to `{path}`; leave it out"
    if option in _ONE_COMMAND:
        root = context.find_root().command_path
        return f"{option} is not an option of `{path}`; it belongs to `{root} {_ONE_COMMAND[option]}`"
    offered = [
        each
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and not parameter.hidden
        for each in parameter.opts
    ]
    word = option.lstrip("-")
    if is_root and isinstance(command, click.Group) and word in command.list_commands(context):
        return f"{option} is not an option of `{path}`; did you mean `{path} {word}`?"
    meant = nearest(option, offered)
    known = f"`{path} --help` lists the options" if meant is None else f"did you mean {meant}?"
    return f"{option} is not an option of `{path}`; {known}"


def _too_many(context: click.Context, words: str) -> str:
    """Name the arguments that a command takes when it got more."""
    arguments = (each for each in context.command.params if isinstance(each, click.Argument))
    takes = " ".join(each.make_metavar(context) for each in arguments) or "options"
    path = context.command_path
    return f"`{path}` takes only {takes}, not {words!r}; `{path} --help` lists the options"


def _meant_by(word: str, known: list[str]) -> str | None:
    """Return the command that does what a person expects of an unknown one."""
    folded = word.casefold()
    if folded in _MEANT:
        return _MEANT[folded]
    found = nearest(word, known) or nearest(word, _MEANT, likeness=0.9)
    return None if found is None else _MEANT.get(found, found)
