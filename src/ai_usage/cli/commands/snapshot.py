"""`ai-usage snapshot`: one JSON document for dashboards."""

import click

from ai_usage.cli.asked import DEFAULT_DAYS, Asked
from ai_usage.cli.command import Command
from ai_usage.cli.context import Context
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.names import check_vendors
from ai_usage.cli.options import COSTS, FILTERS, JSON_ANYWAY, WINDOW, WORLD, shared
from ai_usage.cli.reading import reading
from ai_usage.render.as_json import snapshot_document, to_text
from ai_usage.report.snapshot import build_snapshot


@click.command(
    "snapshot",
    cls=Command,
    help=TREE["snapshot"][1],
    refusals={
        "--csv": "a snapshot is always JSON; `ai-usage daily --csv` writes days as CSV",
        "--sort": "a snapshot has days in order and models by requests; leave it out",
    },
)
@shared(*WINDOW, *FILTERS, *COSTS, *JSON_ANYWAY, *WORLD)
@click.pass_obj
def snapshot(asked: Asked, /) -> None:
    """Write a snapshot."""
    context = Context()
    question = asked.question(context.now, context.env, default_days=DEFAULT_DAYS)
    with reading(context, asked) as read:
        check_vendors(asked.vendor, context.sources, read.views)
        document = snapshot_document(
            build_snapshot(question, read.views, context.catalog), complete=read.complete
        )
        print(to_text(document))


COMMANDS = {"snapshot": snapshot}
