"""The inventory of logs as text and as a JSON document."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from ai_usage.render import figures
from ai_usage.render.as_json import SCHEMA_VERSION
from ai_usage.render.canvas import Canvas
from ai_usage.render.harmless import harmless
from ai_usage.report.inventory import RootFinding, SourceFinding

_SHOWN_LINES = 5


def inventory_document(findings: Sequence[SourceFinding], warnings: Sequence[str]) -> dict[str, Any]:
    """Turn an inventory into its document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "sources": [
            {
                "vendor": finding.vendor,
                "label": finding.label,
                "files": finding.files,
                "bytes": finding.size_bytes,
                "gone_files": finding.gone,
                "records": finding.records,
                "rejected_lines": finding.rejected_count,
                "roots": [_root_document(root) for root in finding.roots],
                "rejected": [line._asdict() for line in finding.rejected],
                "unreadable": [file._asdict() for file in finding.unreadable],
            }
            for finding in findings
        ],
        "warnings": list(warnings),
    }


def _root_document(found: RootFinding) -> dict[str, Any]:
    return {
        "path": str(found.root.path),
        "origin": found.root.origin,
        "exists": found.exists,
        "files": found.files,
        "bytes": found.size_bytes,
        "retention_days": None if found.retention is None else found.retention.days,
    }


def inventory_page(
    findings: Sequence[SourceFinding], warnings: Sequence[str], canvas: Canvas
) -> RenderableType:
    """Lay an inventory out: agents with logs first, then in one line those without."""
    lines: list[Text] = []
    for finding in findings:
        if finding.files or finding.records or finding.unreadable:
            lines += _source_lines(finding, canvas)
    absent = [finding for finding in findings if not (finding.files or finding.records or finding.unreadable)]
    if absent:
        lines.append(Text("No logs of:", canvas.theme.heading))
        lines += [_absent_line(finding, canvas) for finding in absent]
    sign = "! " if canvas.ascii_only else "⚠ "
    lines += [Text(sign, canvas.theme.warning).append(harmless(text), "") for text in warnings]
    return Group(*lines)


def _source_lines(finding: SourceFinding, canvas: Canvas) -> list[Text]:
    theme = canvas.theme
    head = Text(finding.label, theme.heading)
    head.append(
        f"  {figures.counted(finding.files, 'log')}, {figures.size(finding.size_bytes)},"
        f" {figures.counted(finding.records, 'record')}",
        "",
    )
    if finding.gone:
        head.append(f", {figures.counted(finding.gone, 'log')} gone since, kept in the ledger", "")
    lines = [head]
    lines += [_root_line(root, canvas) for root in finding.roots if root.exists or len(finding.roots) == 1]
    if finding.rejected_count:
        lines.append(
            Text(f"  {figures.counted(finding.rejected_count, 'line')} could not be read:", theme.warning)
        )
        lines += [
            Text(f"    {harmless(line.path)} at byte {line.offset}: {harmless(line.reason)}")
            for line in finding.rejected[:_SHOWN_LINES]
        ]
    if finding.unreadable:
        lines.append(
            Text(f"  {figures.counted(len(finding.unreadable), 'file')} could not be read:", theme.warning)
        )
        lines += [
            Text(f"    {harmless(file.path)}: {harmless(file.reason)}")
            for file in finding.unreadable[:_SHOWN_LINES]
        ]
    lines.append(Text())
    return lines


def _root_line(found: RootFinding, canvas: Canvas) -> Text:
    line = Text(f"  {harmless(str(found.root.path))}")
    line.append(f"  ({found.root.origin})", canvas.theme.faint)
    if found.retention is not None:
        line.append(f"  deleted after {found.retention.days:g} days", canvas.theme.faint)
    return line


def _absent_line(finding: SourceFinding, canvas: Canvas) -> Text:
    places = ", ".join(harmless(str(found.root.path)) for found in finding.roots)
    return Text(f"  {finding.label}").append(f"  {places}", canvas.theme.faint)
