"""`ai-usage doctor`: everything that a bug report needs, without secrets."""

import os
import sys
from typing import Any

import click

from ai_usage.cli.asked import Asked
from ai_usage.cli.command import Command
from ai_usage.cli.commands.sources import days_since_last_reading
from ai_usage.cli.context import Context
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import HOLDS_ANYWAY, JSON, shared
from ai_usage.cli.screen import find_canvas
from ai_usage.cli.sync_diagnosis import diagnose_sync
from ai_usage.config.zone import find_zone, tell_wrong_zone
from ai_usage.errors import AiUsageError, LedgerDamaged, LedgerReadOnly
from ai_usage.ledger.damage import look_through
from ai_usage.ledger.ledger import Ledger
from ai_usage.render.as_json import SCHEMA_VERSION, to_text
from ai_usage.render.harmless import harmless
from ai_usage.render.inventory import inventory_document
from ai_usage.report.diagnosis import diagnose, shortened
from ai_usage.report.inventory import Remembered, retention_warnings, take_inventory


@click.command("doctor", cls=Command, help=TREE["doctor"][1])
@shared(*JSON, *HOLDS_ANYWAY)
@click.pass_obj
def doctor(asked: Asked, /) -> None:
    """Collect the diagnosis without changing anything."""
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
    zone = find_zone(None, context.env)
    wrong_zone = tell_wrong_zone(zone)
    problems += [] if wrong_zone is None else [wrong_zone]
    found = {"sync": diagnose_sync(context, problems), **_logs(context, problems)}
    document = {
        "schema_version": SCHEMA_VERSION,
        **diagnose(context.paths, context.env, context.home),
        "machine": context.machine,
        "timezone": zone.name,
        "terminal": {
            "is_terminal": sys.stdout.isatty(),
            "width": canvas.width,
            "colour": canvas.colour,
            "encoding": sys.stdout.encoding,
        },
        **shortened(found, [(str(context.home), "~")]),
        "problems": shortened(problems, [(str(context.home), "~")]),
    }
    print(to_text(document) if asked.as_json else "\n".join(_lines(document)))


def _logs(context: Context, problems: list[str]) -> dict[str, Any]:
    """Look for logs now, and append the problems found."""
    remembered = Remembered()
    path = context.paths.ledger
    try:
        damage = look_through(path)
        if any(damage):
            remedy = _way_back(context) if damage.pages else "ai-usage ingest --repair"
            problems.append(f"{path} {damage}; run: {remedy}")
        with Ledger.open(path, write=False) as ledger:
            remembered = Remembered.of(ledger)
    except LedgerReadOnly as error:
        if os.path.lexists(path):
            problems.append(str(error))
    except LedgerDamaged:
        pass  # reported above
    except AiUsageError as error:
        problems.append(str(error))
    try:
        roots = context.roots
    except AiUsageError:  # reported above
        roots = {source.name: source.roots(context.env, context.home) for source in context.sources}
    findings = take_inventory(context.sources, roots, remembered)
    warnings = retention_warnings(findings, days_since_last_reading(context))
    problems += warnings
    return {"sources": inventory_document(findings, [])["sources"]}


def _way_back(context: Context) -> str:
    """Return the command that rebuilds a damaged ledger, from the server or from the remaining logs."""
    if context.secrets.sync is not None:
        return "ai-usage sync restore"
    path = context.paths.ledger
    return f"mv {path} {path}.damaged; ai-usage ingest"


def _lines(document: dict[str, Any], indent: str = "") -> list[str]:
    """Format a document as text: the plain values of a part on one line, its nested parts below."""
    lines = []
    for key, each in document.items():
        parts = each if isinstance(each, list) else [each]
        if not parts or not isinstance(parts[0], dict):
            lines += [f"{indent}{key}  {_word(part)}" for part in parts or ["none"]]
            continue
        head, mark = (f"{indent}{key} ", "") if parts == [each] else (f"{indent}  -", f"{indent}{key}")
        lines += [mark] if mark else []
        for part in parts:
            plain = [f"{name} {_word(word)}" for name, word in part.items() if not _is_nested(word)]
            lines.append(f"{head} {', '.join(plain)}".rstrip())
            nested = {name: inner for name, inner in part.items() if _is_nested(inner)}
            lines += _lines(nested, indent + ("    " if mark else "  "))
    return lines


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == [] else harmless(str(value))


COMMANDS = {"doctor": doctor}
