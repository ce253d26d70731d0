"""Commands and groups: they share options, and answer an unknown word with the nearest known one."""

from collections.abc import Mapping
from typing import Any

import click

from ai_usage.cli.asked import NOTHING_ASKED, Asked
from ai_usage.cli.options import SHARED, accepted_sort_keys
from ai_usage.cli.refusals import refuse_command, refuse_option
from ai_usage.errors import UsageError


class Command(click.Command):
    """A command that also takes shared options before its name, and refuses those that do not apply to it."""

    def __init__(self, *words: Any, refusals: Mapping[str, str] = {}, **more: Any) -> None:
        """Make a command.

        Args:
            words: as for any command.
            refusals: by option, why the command does not have it although a person may expect it.
            more: as for any command.
        """
        super().__init__(*words, **more)
        self.refusals = refusals

    def invoke(self, ctx: click.Context) -> Any:
        """Run with the shared options from before and after the name merged.

        Raises:
            UsageError: options that exclude one another or do not apply to the command.
        """
        said = {name: ctx.params.pop(name) for name in Asked._fields if name in ctx.params}
        general = ctx.find_object(Asked) or NOTHING_ASKED
        for name, option in SHARED.items():
            if name not in said and getattr(general, name) != getattr(NOTHING_ASKED, name):
                raise UsageError(refuse_option(ctx, option))
        if general.sort is not None and general.sort not in accepted_sort_keys(self):
            raise UsageError(f"--sort {general.sort} does not apply to `{ctx.command_path}`; leave it out")
        ctx.obj = general.plus(Asked(**said))
        return super().invoke(ctx)


class Group(click.Group):
    """A group that answers an unknown command with the most similar one, or with a list of all."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command."""
        known = self.list_commands(ctx)
        if args and args[0] not in known:
            raise UsageError(refuse_command(ctx, args[0], known))
        return super().resolve_command(ctx, args)
