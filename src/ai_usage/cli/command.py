"""Commands and groups: they share options, and answer a word that they do not know with the nearest one they do."""

from collections.abc import Mapping
from typing import Any, Final

import click

from ai_usage.cli.asked import NOTHING_ASKED, Asked
from ai_usage.cli.options import SHARED, accepted_sort_keys
from ai_usage.errors import UsageError
from ai_usage.usage.spelling import did_you_mean, nearest

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
    "upgrade": "update",
    "overview": "--once",
    "once": "--once",
    "json": "--json",
    "help": "--help",
    "version": "--version",
}
"""Words that people try as commands, and what does that."""
_SYNC: Final = ("init", "push", "pull", "verify", "restore", "clean", "forget")


class Command(click.Command):
    """A command whose shared options may stand before its name, too; it refuses those that do not apply to it."""

    def __init__(self, *words: Any, refusals: Mapping[str, str] = {}, **more: Any) -> None:
        """Make a command.

        Args:
            words: as for any command.
            refusals: by option, why it does not have an option that a person may expect.
            more: as for any command.
        """
        super().__init__(*words, **more)
        self.refusals = refusals

    def invoke(self, ctx: click.Context) -> Any:
        """Run with the shared options taken together.

        Raises:
            UsageError: words that exclude one another, or that do not apply to the command.
        """
        said = {name: ctx.params.pop(name) for name in Asked._fields if name in ctx.params}
        general = ctx.find_object(Asked) or NOTHING_ASKED
        for name, option in SHARED.items():
            if name not in said and getattr(general, name) != getattr(NOTHING_ASKED, name):
                raise UsageError(_refusal(ctx, option))
        if general.sort is not None and general.sort not in accepted_sort_keys(self):
            raise UsageError(f"--sort {general.sort} means nothing to `{ctx.command_path}`; leave it out")
        ctx.obj = general.plus(Asked(**said))
        return super().invoke(ctx)


class Group(click.Group):
    """A group that answers an unknown command with the known ones."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command."""
        known = self.list_commands(ctx)
        if args and args[0] not in known:
            meant = "" if ctx.parent else _meant_by(args[0])
            meant = meant or did_you_mean(args[0], known)
            ctx.fail(f"{args[0]!r} is not a command; known: {', '.join(known)}{meant}")
        return super().resolve_command(ctx, args)


def _meant_by(word: str) -> str:
    """Suggest the words that do what a person expects of an unknown command; empty without a suggestion."""
    meant = f"sync {word}" if word in _SYNC else _MEANT.get(word.lower())
    return "" if meant is None else f"; did you mean `ai-usage {meant}`?"


def told(error: click.ClickException) -> str:
    """Say in one line what is wrong with the words of a command line."""
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        return _refusal(error.ctx, error.option_name)
    return error.format_message().replace("\n", " ")


def _refusal(ctx: click.Context, option: str) -> str:
    """Say why a command does not have an option."""
    command, path = ctx.command, ctx.command_path
    if isinstance(command, Command) and option in command.refusals:
        return f"{option}: {command.refusals[option]}"
    if isinstance(command, click.Group) and ctx.parent is not None:
        return f"{option}: write options after the name of a command of `{path}`"
    if option in _SPELLINGS:
        return f"{option} means nothing to `{path}`; leave it out"
    offered = [
        each
        for parameter in command.get_params(ctx)
        if isinstance(parameter, click.Option) and not parameter.hidden
        for each in parameter.opts
    ]
    meant = nearest(option, offered)
    known = f"`{path} --help` lists them" if meant is None else f"did you mean {meant}?"
    return f"{option} is not an option of `{path}`; {known}"


_SPELLINGS: Final = frozenset({*SHARED.values(), "--tool", "--agent"})
