"""The title and the legend above a chart, on as many lines as needed."""

from collections.abc import Iterable, Mapping

from rich.text import Text

from ai_usage.render.canvas import Canvas
from ai_usage.render.harmless import harmless
from ai_usage.render.hues import Fill

_GAP = "   "


def titled(title: str, fills: Mapping[str, Fill], unpriced: Iterable[str], canvas: Canvas) -> list[Text]:
    """Write a title and a legend.

    Args:
        title: the title.
        fills: the colour and character of each series, from the bottom up; empty if the series are named elsewhere.
        unpriced: series that are not drawn, since they have no known price.
        canvas: the canvas.
    """
    entries = [Text(title, canvas.theme.heading)]
    for name, fill in fills.items():
        sign = "#" if canvas.ascii_only else fill.sign
        entries.append(Text.assemble((sign, fill.colour), f" {harmless(name)}"))
    entries += [Text(f"{harmless(name)}: no price", canvas.theme.faint) for name in unpriced]
    lines: list[Text] = []
    for entry in entries:
        entry.truncate(canvas.width, overflow="ellipsis")
        if lines and lines[-1].cell_len + len(_GAP) + entry.cell_len <= canvas.width:
            lines[-1].append(_GAP).append_text(entry)
        else:
            lines.append(Text().append_text(entry))
    return lines
