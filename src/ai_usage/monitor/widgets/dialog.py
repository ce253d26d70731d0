"""Dialogs over the screen: help, and notes in full."""

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ai_usage.monitor.keys import KEYS
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.scene import Scene
from ai_usage.monitor.troubles import troubles
from ai_usage.monitor.words import WORDS
from ai_usage.render.harmless import harmless

_FRAME: Final = 6
"""Cells per line for the frame, its margins and the scroll bar."""
_KEYS_WIDTH: Final = 52
_BESIDE: Final = 108
"""From this width on, keys and commands fit side by side."""


class Dialog(ModalScreen[None]):
    """Text in a frame; the usual keys close it, the arrows scroll."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > VerticalScroll {
        width: auto; max-width: 96%; height: auto; max-height: 90%;
        border: round $primary; border-title-color: $primary; padding: 0 1; background: $surface;
        scrollbar-size-vertical: 1; scrollbar-background: $surface; scrollbar-color: $primary;
    }
    Dialog Static { width: 100%; }
    """
    AUTO_FOCUS = "VerticalScroll"  # for the keys that scroll
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,n", "dismiss", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, title: str, text: Text, width: int) -> None:
        """Prepare.

        Args:
            title: the title.
            text: the lines.
            width: the width of the widest line, in cells.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._width = width

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def compose(self) -> ComposeResult:
        """Make the frame."""
        with VerticalScroll() as frame:
            frame.border_title = self._title
            frame.border_subtitle = "↑ ↓ scroll, Esc closes"
            frame.styles.width = self._width + _FRAME
            yield Static(self._text)


def help_dialog(palette: Palette, width: int) -> Dialog:
    """Make the help: all keys and all commands of the prompt, side by side if they fit.

    Args:
        palette: the colours.
        width: the screen's width.
    """
    keys = [(key.shown, key.meaning) for key in KEYS] + [("^P", "command palette")]
    words = [(f"{name} {word.arguments}".rstrip(), word.help) for name, word in WORDS.items()]
    room = min(width * 24 // 25, 150) - _FRAME
    beside = room >= _BESIDE
    left = _explained("Keys", keys, 7, room if not beside else _KEYS_WIDTH, palette)
    note = "Tab completes, ↑ ↓ go through what was typed"
    right = _explained("Words after : or /", words, 12, room - _KEYS_WIDTH - 3 if beside else room, palette)
    right.append(Text(f"  {note}", palette.drawing.faint))
    lines = [*left, Text(), *right]
    if beside:
        for line in left:
            line.pad_right(_KEYS_WIDTH + 3 - line.cell_len)
        blank = Text(" " * (_KEYS_WIDTH + 3))
        lines = [one + other for one, other in zip_longest(left, right, fillvalue=blank)]
    return Dialog("ai-usage: help", Text("\n").join(lines), max(line.cell_len for line in lines))


def _explained(
    title: str, pairs: Sequence[tuple[str, str]], margin: int, width: int, palette: Palette
) -> list[Text]:
    """Write explanations beside their terms, with line breaks where necessary."""
    lines = [Text(title, palette.drawing.heading)]
    for name, meaning in pairs:
        first, *rest = wrap(meaning, max(width - margin - 2, 20))
        lines.append(Text.assemble((f"  {name:<{margin}}", palette.key), (first, palette.text)))
        lines += [Text(" " * (margin + 2) + more, palette.text) for more in rest]
    return lines


def notes_dialog(scene: Scene) -> Dialog:
    """Make the notes: problems with remedies, limits of the figures, and earlier messages."""
    palette = scene.palette
    faint, heading = palette.drawing.faint, palette.drawing.heading
    text = Text()
    for trouble in troubles(scene.intake, scene.figures, scene.sync):
        text.append("! ", palette.bad).append(f"{harmless(trouble.text)}\n", palette.bad)
        text.append(f"{harmless(trouble.remedy)}\n\n", faint)
    for note in scene.picture.notes if scene.picture else ():
        text.append("⚠ ", palette.drawing.warning).append(f"{harmless(note)}\n\n", palette.text)
    if not text:
        text.append("Nothing. Every figure here is what the logs say, at known prices.\n\n", palette.text)
    if scene.said:
        text.append("Messages, the latest first\n", heading)
        for told in reversed(scene.said):
            sign = "! " if told.bad else "  "
            text.append(f"{sign}{harmless(told.text)}\n", palette.bad if told.bad else palette.text)
    text.rstrip()
    return Dialog("ai-usage: notes", text, 90)
