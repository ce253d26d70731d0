"""`ai-usage ingest`: read new log lines quietly."""

import time

import click

from ai_usage.cli.asked import Asked
from ai_usage.cli.command import Command
from ai_usage.cli.context import Context
from ai_usage.cli.door import complain
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import OFFLINE, shared
from ai_usage.cli.reading import WAIT_S, reading
from ai_usage.cli.refresh import finish_refresh


@click.command(
    "ingest",
    cls=Command,
    help=TREE["ingest"][1],
    refusals={"--no-ingest": "`ai-usage ingest` does nothing else"},
)
@click.option("--if-idle", is_flag=True, help="Do nothing while another process is reading logs.")
@click.option("--repair", is_flag=True, help="Take damage out of the ledger and read all logs again.")
@shared(*OFFLINE)
@click.pass_obj
def ingest(asked: Asked, /, if_idle: bool, repair: bool) -> None:
    """Read new log lines into the ledger."""
    began_s = time.monotonic()
    context = Context()
    if repair:
        from ai_usage.ledger.healing import put_right

        done = put_right(context.paths.ledger, own=True)
        complain(f"{context.paths.ledger} {done or 'is not damaged'}")
    with reading(context, asked, wait_s=0 if if_idle else WAIT_S, to_keep=True):
        pass
    finish_refresh(context.paths.refresh_stamp, began_s)


COMMANDS = {"ingest": ingest}
