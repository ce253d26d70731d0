"""`ai-usage ingest`: read new log lines and say nothing."""

import time
from typing import Any

import click

from ai_usage.cli.context import Context
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import display_options, take
from ai_usage.cli.reading import WAIT_S, reading
from ai_usage.cli.refresh import finish_refresh
from ai_usage.errors import UsageError


@click.command("ingest", help=TREE["ingest"][1])
@click.option("--if-idle", is_flag=True, help="Leave it to another process that is reading logs right now.")
@display_options
@click.pass_context
def ingest(click_context: click.Context, /, if_idle: bool, **parameters: Any) -> None:
    """Read what is new."""
    asked = take(click_context, parameters)
    if asked.no_ingest:
        raise UsageError("--no-ingest: `ai-usage ingest` does nothing else")
    began_s = time.monotonic()
    context = Context()
    with reading(context, asked, wait_s=0 if if_idle else WAIT_S, to_keep=True):
        pass
    finish_refresh(context.paths.refresh_stamp, began_s)


COMMANDS = {"ingest": ingest}
