"""Commands and groups: they share options, and answer a word that they do not know with the nearest one they do."""

from collections.abc import Mapping
from typing import Any

import click

from ai_usage.cli.asked import NOTHING_ASKED, Asked
from ai_usage.cli.options import SHARED, accepted_sort_keys
from ai_usage.cli.refusals import refuse_command, refuse_option
from ai_usage.errors import UsageError


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
                raise UsageError(refuse_option(ctx, option))
        if general.sort is not None and general.sort not in accepted_sort_keys(self):
            raise UsageError(f"--sort {general.sort} does not apply to `{ctx.command_path}`; leave it out")
        ctx.obj = general.plus(Asked(**said))
        return super().invoke(ctx)


class Group(click.Group):
    """A group that answers an unknown command with the one that is meant, or the known ones."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command."""
        known = self.list_commands(ctx)
        if args and args[0] not in known:
            raise UsageError(refuse_command(ctx, args[0], known))
        return super().resolve_command(ctx, args)
