"""`ai-usage doctor`: everything that a bug report needs, secrets removed."""

import sys
from typing import Any

import click

from ai_usage.cli.commands.sources import days_since_last_reading
from ai_usage.cli.context import Context
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import inventory_options, take
from ai_usage.cli.screen import find_canvas
from ai_usage.config.zone import find_zone
from ai_usage.errors import AiUsageError
from ai_usage.ledger.files import StoredFile
from ai_usage.ledger.ledger import Ledger
from ai_usage.render.as_json import SCHEMA_VERSION, to_text
from ai_usage.render.harmless import harmless
from ai_usage.render.inventory import inventory_document
from ai_usage.report.diagnosis import diagnose, shortened
from ai_usage.report.inventory import retention_warnings, take_inventory


@click.command("doctor", help=TREE["doctor"][1])
@inventory_options
@click.pass_context
def doctor(click_context: click.Context, /, **parameters: Any) -> None:
    """Look at everything and change nothing."""
    asked = take(click_context, parameters)
    context = Context()
    problems: list[str] = []
    try:
        theme = context.settings.theme
        context.catalog.price("", "", 0)
        problems += context.catalog.warnings
    except AiUsageError as error:
        theme = "auto"
        problems.append(str(error))
    canvas = find_canvas(context.env, sys.stdout, theme)
    document = {
        "schema_version": SCHEMA_VERSION,
        **diagnose(context.paths, context.env, context.home),
        "machine": context.machine,
        "timezone": find_zone(None, context.env).name,
        "terminal": {
            "is_terminal": sys.stdout.isatty(),
            "width": canvas.width,
            "colour": canvas.colour,
            "encoding": sys.stdout.encoding,
        },
        **shortened(_logs(context, problems), [(str(context.home), "~")]),
        "problems": shortened(problems, [(str(context.home), "~")]),
    }
    print(to_text(document) if asked.as_json else "\n".join(_lines(document)))


def _logs(context: Context, problems: list[str]) -> dict[str, Any]:
    """Look for logs now, and name what is wrong with them."""
    stored: list[StoredFile] = []
    try:
        with Ledger.open(context.paths.ledger, write=False) as ledger:
            stored = ledger.log_files()
        roots = context.roots
    except AiUsageError as error:
        problems.append(str(error))
        roots = {source.name: source.roots(context.env, context.home) for source in context.sources}
    findings = take_inventory(context.sources, roots, stored)
    warnings = retention_warnings(findings, days_since_last_reading(context))
    problems += warnings
    return {"sources": inventory_document(findings, [])["sources"]}


def _lines(value: Any, indent: str = "") -> list[str]:
    """Write a document for people: a line a value, nested ones indented."""
    lines = []
    for key, each in value.items():
        if isinstance(each, dict):
            lines += [f"{indent}{key}", *_lines(each, indent + "  ")]
        elif isinstance(each, list) and each and isinstance(each[0], dict):
            lines.append(f"{indent}{key}")
            for item in each:
                first, *rest = _lines(item, indent + "    ")
                lines += [f"{indent}  - {first.strip()}", *rest]
        elif isinstance(each, list):
            lines.append(f"{indent}{key}  {'none' if not each else ''}".rstrip())
            lines += [f"{indent}  - {harmless(str(item))}" for item in each]
        else:
            lines.append(f"{indent}{key}  {'-' if each is None else harmless(str(each))}")
    return lines


COMMANDS = {"doctor": doctor}
