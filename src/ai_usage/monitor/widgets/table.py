"""The table: column names, rows of a report, totals, and one chosen row."""

from collections.abc import Sequence
from textwrap import wrap

from rich.text import Text

from ai_usage.monitor.palette import Palette
from ai_usage.monitor.widgets.lines import bar, ruled
from ai_usage.render.canvas import Canvas, Colours
from ai_usage.render.columns import Column, columns_of
from ai_usage.render.hues import agent_colour
from ai_usage.render.table import fit
from ai_usage.report.document import BY_TIME, Keys, Report, Row

_TITLES = {
    "models": "Models",
    "vendors": "Agents",
    "hosts": "Hosts",
    "projects": "Projects",
    "daily": "Days",
    "weekly": "Weeks",
    "monthly": "Months",
}
_GAP = "  "
_NARROWEST_BAR = 6
_WIDEST_BAR = 32


def _empty(report: Report) -> str:
    """Explain why a table has no rows, and name the keys that help."""
    if any(report.question.filters):
        return "No usage under these filters in these days. Esc goes back, `:all` shows everything."
    return (
        "No usage in these days. 0 goes back to now, - shows more days, Esc goes back. "
        "`ai-usage sources` shows where logs are read from."
    )


class UsageTable:
    """A report that scrolls below its column names."""

    def __init__(self) -> None:
        self._report: Report | None = None
        self._canvas: Canvas | None = None
        self._palette: Palette | None = None
        self._columns: list[tuple[Column, int]] = []
        self._cursor = 0
        self._left: dict[str, Keys] = {}
        """By report, the row below the first one that was chosen when another report took its place."""
        self._top = 0
        self._height = 0

    @property
    def chosen(self) -> Row | None:
        """The row under the cursor."""
        rows = self._rows()
        return rows[self._cursor] if self._cursor < len(rows) else None

    def draw(self, report: Report, canvas: Canvas, height: int, palette: Palette) -> list[Text]:
        """Draw a report on so many lines; the cursor stays on its row, and returns to it with the report."""
        self._height = height
        if self._report is not None and self.chosen is not None and self._cursor > 0:
            self._left[self._report.name] = self.chosen.keys
        before = self._left.pop(report.name, None)
        self._report, self._canvas, self._palette = report, canvas, palette
        self._columns = fit(columns_of(report, "≥"), report.rows, canvas.width)
        keys = [row.keys for row in self._rows()]
        self._cursor = keys.index(before) if before in keys else 0
        return self._lines()

    def move_cursor(self, steps: int) -> list[Text]:
        """Choose another row, and draw."""
        self._cursor = min(max(self._cursor + steps, 0), max(len(self._rows()) - 1, 0))
        return self._lines()

    def choose(self, line: int) -> list[Text]:
        """Choose the row on a line of the table, if there is one, and draw."""
        row = self._top + line - 2
        if 0 <= line - 2 < self._room() and row < len(self._rows()):
            self._cursor = row
        return self._lines()

    def _rows(self) -> Sequence[Row]:
        """Return the rows in the order of the screen: the newest day first."""
        if self._report is None:
            return ()
        return self._report.rows[::-1] if self._report.name in BY_TIME else self._report.rows

    def _room(self) -> int:
        return max(self._height - 3, 0)

    def _lines(self) -> list[Text]:
        if self._report is None or self._canvas is None or self._palette is None:
            return []
        rows, room = self._rows(), self._room()
        self._top = min(max(self._top, self._cursor - room + 1, 0), self._cursor)
        self._top = max(min(self._top, len(rows) - room), 0)
        theme = self._palette.drawing
        shown = rows[self._top : self._top + room]
        lines = [self._title(len(rows), room, self._palette)]
        if not rows:
            return [
                *lines,
                *(Text(line, theme.faint) for line in wrap(_empty(self._report), self._canvas.width)),
            ]
        lines.append(self._line([column.title for column, _ in self._columns], theme.faint))
        for index, row in enumerate(shown, self._top):
            line = self._row(row, self._palette)
            if index == self._cursor:
                # None of the 16 colours is close enough to the background.
                line.stylize("reverse" if self._canvas.colours is Colours.ANSI else self._palette.cursor)
            lines.append(line)
        lines.append(self._line([column.total for column, _ in self._columns], theme.heading))
        return lines

    def _title(self, count: int, room: int, palette: Palette) -> Text:
        assert self._report is not None
        assert self._canvas is not None
        title = Text(_TITLES[self._report.name], palette.drawing.heading)
        if self._report.name not in BY_TIME and self._report.question.sort is not None:
            title = Text.assemble(title, (f" by {self._report.question.sort}", palette.drawing.faint))
        if count > room:
            last = min(self._top + room, count)
            title = Text.assemble(title, (f"  {self._top + 1}–{last} of {count}", palette.drawing.faint))
        return ruled(title, self._canvas.width, palette.drawing.faint)

    def _row(self, row: Row, palette: Palette) -> Text:
        line = self._line([column.cell(row) for column, _ in self._columns], "")
        self._draw_share(line, row, palette)
        at = 0
        for column, width in self._columns:
            if column.title == "cost":
                theme = palette.drawing
                line.stylize(theme.warning if row.total.unpriced_tokens else theme.money, at, at + width)
            at += width + len(_GAP)
        return line

    def _spare(self) -> int:
        """Return the number of free cells to the right of the columns."""
        assert self._canvas is not None
        used = sum(width for _, width in self._columns) + len(_GAP) * (len(self._columns) - 1)
        return max(self._canvas.width - used, 0)

    def _draw_share(self, line: Text, row: Row, palette: Palette) -> None:
        """Draw a bar that compares a row with the largest one, if it fits."""
        assert self._report is not None
        width = min(self._spare() - len(_GAP), _WIDEST_BAR)
        if width < _NARROWEST_BAR:
            return
        highest = max(each.total.cost for each in self._report.rows)
        line.right_crop(self._spare() - len(_GAP))
        line.append(bar(row.total.cost, highest, width), self._bar_colour(row, palette))
        line.append(" " * (self._spare() - len(_GAP) - width))

    def _bar_colour(self, row: Row, palette: Palette) -> str:
        """Return the agent's colour if a row belongs to an agent."""
        assert self._report is not None
        assert self._canvas is not None
        by_agent = self._report.name in {"models", "vendors"}
        return agent_colour(row.keys[0] or "", self._canvas) if by_agent else palette.bar

    def _line(self, texts: Sequence[str], style: str) -> Text:
        """Write texts into the columns, names aligned left and figures right, over the whole width."""
        line = Text()
        for index, (text, (column, width)) in enumerate(zip(texts, self._columns, strict=True)):
            cell = Text(text, no_wrap=True)
            cell.truncate(width, overflow="ellipsis")
            pad = " " * (width - cell.cell_len)
            if index:
                line.append(_GAP)
            line.append_text(Text.assemble(cell, pad) if column.is_name else Text.assemble(pad, cell))
        line.append(" " * self._spare())
        line.stylize(style)
        return line
