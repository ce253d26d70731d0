"""Reports as CSV: the columns of the JSON rows in the same order, LF line ends, empty for null, no totals."""

import csv
from io import StringIO

from ai_usage.render.as_json import METRIC_COLUMNS, metrics
from ai_usage.render.harmless import harmless_cell
from ai_usage.report.document import Report


def report_csv(report: Report) -> str:
    """Write a report, a header line first; it ends with a line feed."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*report.columns, *METRIC_COLUMNS))
    for row in report.rows:
        keys = ("" if key is None else harmless_cell(key) for key in row.keys)
        figures = ("" if figure is None else _number(figure) for figure in metrics(row.total).values())
        writer.writerow((*keys, *figures))
    return text.getvalue()


def _number(figure: float) -> str:
    """Write a figure without an exponent, which some spreadsheets cannot read."""
    if isinstance(figure, int):
        return str(figure)
    return f"{figure:.12f}".rstrip("0").removesuffix(".") or "0"
