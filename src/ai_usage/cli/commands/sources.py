"""`ai-usage sources`: where logs were looked for, what was found, what could not be read."""

import sys
import time
from contextlib import suppress

import click

from ai_usage.cli.asked import Asked
from ai_usage.cli.command import Command
from ai_usage.cli.context import Context
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import JSON, WORLD, shared
from ai_usage.cli.reading import reading
from ai_usage.cli.screen import find_canvas, show
from ai_usage.render.as_json import to_text
from ai_usage.render.inventory import inventory_document, inventory_page
from ai_usage.report.inventory import Remembered, retention_warnings, take_inventory


@click.command("sources", cls=Command, help=TREE["sources"][1])
@shared(*JSON, *WORLD)
@click.pass_obj
def sources(asked: Asked, /) -> None:
    """Show the inventory of logs."""
    context = Context()
    idle_days = days_since_last_reading(context)
    with reading(context, asked) as read:
        findings = take_inventory(context.sources, context.roots, Remembered.of(read.views[0].ledger))
    warnings = [*retention_warnings(findings, idle_days), *read.notes]
    if asked.as_json:
        print(to_text(inventory_document(findings, warnings)))
    else:
        canvas = find_canvas(context.env, sys.stdout, context.settings.theme)
        show(inventory_page(findings, warnings, canvas, context.home), canvas, sys.stdout)


def days_since_last_reading(context: Context) -> float:
    """Return the days since the ledger was last written; 0 if it never was."""
    ledger = context.paths.ledger
    changed = []
    for path in (ledger, ledger.with_name(ledger.name + "-wal")):
        with suppress(OSError):
            changed.append(path.stat().st_mtime)
    return max(time.time() - max(changed), 0.0) / 86_400 if changed else 0.0


COMMANDS = {"sources": sources}
