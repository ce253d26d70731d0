"""Reports as tables that fit the width: drop details first, then cut names, then drop other columns."""

from collections.abc import Sequence
from typing import Final

from rich.box import Box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from ai_usage.render.canvas import Canvas
from ai_usage.render.columns import ALWAYS, DETAIL, Column, columns_of
from ai_usage.report.document import Report, Row

RULES: Final = Box("    \n    \n ── \n    \n    \n ── \n    \n    \n")
"""A rule under the head and one above the totals."""
ASCII_RULES: Final = Box("    \n    \n -- \n    \n    \n -- \n    \n    \n", ascii=True)
_GAP: Final = 2
_WIDEST_NAME: Final = 48


def report_table(report: Report, canvas: Canvas) -> Table:
    """Draw a report.

    Args:
        report: the report, with rows.
        canvas: the canvas.
    """
    columns = columns_of(report, ">=" if canvas.ascii_only else "≥")
    table = Table(
        box=ASCII_RULES if canvas.ascii_only else RULES,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_footer=True,
        header_style=canvas.theme.heading,
        footer_style=canvas.theme.heading,
        border_style=canvas.theme.faint,
    )
    fitting = fit(columns, report.rows, canvas.width)
    for column, width in fitting:
        table.add_column(
            Text(column.title),
            Text(column.total),
            justify="left" if column.is_name else "right",
            width=width,
            no_wrap=True,
            overflow="crop" if canvas.ascii_only else "ellipsis",
        )
    for row in report.rows:
        table.add_row(*(_cell(column, row, canvas) for column, _ in fitting))
    return table


def fit(columns: Sequence[Column], rows: Sequence[Row], width: int) -> list[tuple[Column, int]]:
    """Choose the columns that fit, with the width of each.

    Args:
        columns: all columns.
        rows: the rows.
        width: the table's width.
    """
    kept = {column: _width(column, rows) for column in columns}
    while _total(kept) > width:
        least = min(kept, key=lambda column: column.rank)
        if least.rank == ALWAYS or (least.rank > DETAIL and _total(_cut(kept, to=0)) <= width):
            return list(_cut(kept, to=width).items())
        del kept[least]
    return list(kept.items())


def _cut(kept: dict[Column, int], to: int) -> dict[Column, int]:
    """Cut the widest names, character by character, until the table fits or no name can be cut further."""
    cut = dict(kept)
    while _total(cut) > to:
        names = [column for column in cut if cut[column] > (column.narrowest or cut[column])]
        if not names:
            break
        cut[max(names, key=cut.__getitem__)] -= 1
    return cut


def _total(widths: dict[Column, int]) -> int:
    return sum(widths.values()) + _GAP * (len(widths) - 1)


def _width(column: Column, rows: Sequence[Row]) -> int:
    widest = max(cell_len(text) for text in (column.title, column.total, *map(column.cell, rows)))
    return widest if column.narrowest is None else min(widest, _WIDEST_NAME)


def _cell(column: Column, row: Row, canvas: Canvas) -> Text:
    style = ""
    if column.title == "cost":
        style = canvas.theme.warning if row.total.unpriced_tokens else canvas.theme.money
    return Text(column.cell(row), style)
