"""The widget that all others are made of: lines of text, drawn as they are."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Lines(Widget):
    """Shows lines of text, cut to its width; what is not given is empty."""

    DEFAULT_CSS = "Lines { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Text] = ()

    @property
    def lines(self) -> Sequence[Text]:
        """What is shown."""
        return self._lines

    def show(self, lines: Sequence[Text]) -> None:
        """Show other lines; nothing is drawn when they are the same."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, style = self.size.width, self.rich_style
        if not 0 <= y < len(self._lines):
            return Strip.blank(width, style)
        text = self._lines[y]
        console = self.app.console
        segments = (
            text.render(console) if text.spans else [Segment(text.plain, console.get_style(text.style))]
        )
        return Strip(segments).apply_style(style).adjust_cell_length(width, style)


def fitted(parts: Sequence[Text], width: int, gap: Text) -> Text:
    """Join parts as far as there is room, in the order of their importance."""
    line = Text()
    for part in parts:
        if line.cell_len + part.cell_len + (gap.cell_len if line else 0) <= width:
            if line:
                line.append_text(gap)
            line.append_text(part)
    return line


def apart(left: Text, right: Text, width: int) -> Text:
    """Set one text to the left and one to the right; the left one is cut where they meet."""
    room = width - right.cell_len - (1 if right else 0)
    cut = left.copy()
    cut.truncate(max(room, 0), overflow="ellipsis")
    return Text.assemble(cut, " " * max(width - cut.cell_len - right.cell_len, 0), right)


def ruled(title: Text, width: int, faint: str) -> Text:
    """Put a rule behind a title, up to the right edge."""
    cut = title.copy()
    cut.truncate(width, overflow="ellipsis")
    left = width - cut.cell_len - 1
    return Text.assemble(cut, (f" {'─' * left}", faint)) if left > 0 else cut


def bar(amount: int, highest: int, width: int) -> str:
    """Draw a bar, exact to an eighth of a cell; whatever is there is seen."""
    width = max(width, 0)
    eighths = (amount * width * 8 + highest // 2) // highest if highest else 0
    if amount and not eighths:
        eighths = 1
    full, part = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[part] if part else "")).ljust(width)
