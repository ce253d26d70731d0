"""`ai-usage snapshot`: one JSON document for dashboards."""

from typing import Any

import click

from ai_usage.cli.asked import DEFAULT_DAYS
from ai_usage.cli.context import Context
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import display_options, take
from ai_usage.cli.reading import reading
from ai_usage.cli.vendors import check_vendors
from ai_usage.errors import UsageError
from ai_usage.render.as_json import snapshot_document, to_text
from ai_usage.report.snapshot import build_snapshot


@click.command("snapshot", help=TREE["snapshot"][1])
@display_options
@click.pass_context
def snapshot(click_context: click.Context, /, **parameters: Any) -> None:
    """Write a snapshot."""
    asked = take(click_context, parameters)
    if asked.as_csv:
        raise UsageError("--csv: a snapshot is always JSON; `ai-usage daily --csv` writes days as CSV")
    context = Context()
    question = asked.question(context.now, context.env, default_days=DEFAULT_DAYS)
    with reading(context, asked) as read:
        check_vendors(asked.vendor, context.sources, read.views)
        document = snapshot_document(
            build_snapshot(question, read.views, context.catalog), complete=read.complete
        )
        print(to_text(document))


COMMANDS = {"snapshot": snapshot}
