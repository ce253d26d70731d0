"""`ai-usage statusline` with options; without any, `__main__` does not even load the tree of commands."""

from typing import Any

import click

from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import display_options, take
from ai_usage.cli.statusline import run
from ai_usage.errors import UsageError


@click.command("statusline", help=TREE["statusline"][1])
@display_options
@click.pass_context
def statusline(click_context: click.Context, /, **parameters: Any) -> None:
    """Write the line."""
    asked = take(click_context, parameters)
    if asked.as_json or asked.as_csv:
        raise UsageError("a status line is text; `ai-usage snapshot` writes the figures as JSON")
    run(asked)


COMMANDS = {"statusline": statusline}
