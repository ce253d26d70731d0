"""`ai-usage statusline` with options; without options, `__main__` does not load the tree of commands."""

from typing import Final

import click

from ai_usage.cli.asked import Asked
from ai_usage.cli.command import Command
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import COSTS, FILTERS, WORLD, shared
from ai_usage.cli.statusline import run

_TEXT: Final = "a status line is text; `ai-usage snapshot` writes the figures as JSON"
_TODAY: Final = "a status line tells today and this week; leave it out"


@click.command(
    "statusline",
    cls=Command,
    help=TREE["statusline"][1],
    refusals={"--json": _TEXT, "--csv": _TEXT}
    | dict.fromkeys(("--days", "--since", "--until", "--all"), _TODAY),
)
@shared(*FILTERS, *COSTS, *WORLD)
@click.pass_obj
def statusline(asked: Asked, /) -> None:
    """Write the line."""
    run(asked)


COMMANDS = {"statusline": statusline}
