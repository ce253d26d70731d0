"""The inventory of logs as text and as a JSON document."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len
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
                "requests": finding.requests,
                "records": finding.records,
                "copies": finding.copies,
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
    findings: Sequence[SourceFinding], warnings: Sequence[str], canvas: Canvas, home: Path
) -> RenderableType:
    """Lay an inventory out: agents with logs first, then agents without; lines with paths are never broken.

    Args:
        findings: the inventory.
        warnings: sentences.
        canvas: the canvas.
        home: the person's home folder, which is written as `~`.
    """
    lines: list[Text] = []
    for finding in findings:
        if finding.files or finding.records or finding.unreadable:
            lines += [*_source_lines(finding, canvas, home), Text()]
    absent = [finding for finding in findings if not (finding.files or finding.records or finding.unreadable)]
    if absent:
        lines.append(Text("No logs of:", canvas.theme.heading))
        for finding in absent:
            lines += _absent_lines(finding, canvas, home)
    for line in lines:
        line.no_wrap, line.overflow = True, "ignore"
    sign = "! " if canvas.ascii_only else "⚠ "
    told = [Text.assemble((sign, canvas.theme.warning), harmless(text)) for text in warnings]
    if not absent and not told and lines:
        lines.pop()
    return Group(*lines, *told)


def _short(path: Path | str, home: Path) -> str:
    """Write a path with `~` for the home folder."""
    text = str(path)
    inside = text.removeprefix(str(home) + os.sep)
    return harmless(text if inside == text else f"~{os.sep}{inside}")


def _source_lines(finding: SourceFinding, canvas: Canvas, home: Path) -> list[Text]:
    theme = canvas.theme
    head = Text(finding.label, theme.heading)
    head.append(
        f"  {figures.counted(finding.files, 'log')}, {figures.size(finding.size_bytes)},"
        f" {figures.counted(finding.requests, 'request')}",
        "",
    )
    if finding.copies:
        head.append(f", {figures.counted(finding.copies, 'copy', 'copies')} of them", "")
    if finding.gone:
        head.append(f", {figures.counted(finding.gone, 'log')} gone since, kept in the ledger", "")
    lines = [head]
    there = any(root.exists for root in finding.roots)
    lines += [
        _root_line(root, canvas, home)
        for root in finding.roots
        if root.exists or not there or root.root.origin != "default"
    ]
    if finding.rejected_count:
        lines.append(
            Text(f"  {figures.counted(finding.rejected_count, 'line')} could not be read:", theme.warning)
        )
        lines += [
            Text(f"    {_short(line.path, home)} at byte {line.offset}: {harmless(line.reason)}")
            for line in finding.rejected[:_SHOWN_LINES]
        ]
    if finding.unreadable:
        lines.append(
            Text(f"  {figures.counted(len(finding.unreadable), 'file')} could not be read:", theme.warning)
        )
        lines += [
            Text(f"    {_short(file.path, home)}: {harmless(file.reason)}")
            for file in finding.unreadable[:_SHOWN_LINES]
        ]
    return lines


def _root_line(found: RootFinding, canvas: Canvas, home: Path) -> Text:
    line = Text(f"  {_short(found.root.path, home)}")
    line.append(f"  ({found.root.origin})", canvas.theme.faint)
    if not found.exists:
        line.append("  nothing to read", canvas.theme.faint)
    elif found.retention is not None:
        line.append(f"  deleted after {found.retention.days:g} days", canvas.theme.faint)
    return line


def _absent_lines(finding: SourceFinding, canvas: Canvas, home: Path) -> list[Text]:
    """List the folders without logs, as many per line as fit."""
    lines = [Text(f"  {finding.label}")]
    gap = "  "
    for number, found in enumerate(finding.roots, 1):
        place = _short(found.root.path, home) + ("," if number < len(finding.roots) else "")
        if lines[-1].cell_len + len(gap) + cell_len(place) > canvas.width:
            lines.append(Text("  "))
            gap = "  "
        lines[-1].append(gap + place, canvas.theme.faint)
        gap = " "
    return lines
