"""Dialogs over the screen: help, and notes in full."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ai_usage.monitor.keys import KEYS
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.words import WORDS
from ai_usage.render.harmless import harmless


class Dialog(ModalScreen[None]):
    """Text in a frame; any of the usual keys closes it, the arrows scroll."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > VerticalScroll {
        width: auto; max-width: 96%; height: auto; max-height: 90%;
        border: round $primary; border-title-color: $primary; padding: 0 1; background: $surface;
        scrollbar-size-vertical: 1; scrollbar-background: $surface; scrollbar-color: $primary;
    }
    Dialog Static { width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,n", "dismiss", show=False),
    ]

    def __init__(self, title: str, text: Text, width: int) -> None:
        """Prepare.

        Args:
            title: in the frame.
            text: the lines.
            width: of the widest line, in cells.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._width = width

    def compose(self) -> ComposeResult:
        """Make the frame."""
        with VerticalScroll() as frame:
            frame.border_title = self._title
            frame.styles.width = min(self._width + 6, 120)
            yield Static(self._text)


def help_dialog(palette: Palette) -> Dialog:
    """Make the help: all keys, and all words of the prompt."""
    text = Text.assemble(("Keys\n", palette.drawing.heading))
    for key in KEYS:
        text.append(f"  {key.shown:<8}", palette.key).append(f"{key.meaning}\n", palette.text)
    text.append("  ^P      ", palette.key).append("command palette\n", palette.text)
    text.append(
        "\nWords after : or /  (Tab completes, ↑ ↓ go through what was typed)\n", palette.drawing.heading
    )
    for name, word in WORDS.items():
        text.append(f"  {f'{name} {word.arguments}':<12}", palette.key).append(f"{word.help}\n", palette.text)
    text.right_crop(1)
    return Dialog("ai-usage: help", text, 84)


def notes_dialog(notes: Sequence[str], palette: Palette) -> Dialog:
    """Make the notes."""
    text = Text()
    for note in notes:
        text.append("⚠ ", palette.drawing.warning).append(f"{harmless(note)}\n\n", palette.text)
    if not notes:
        text.append("Nothing. Every figure here is what the logs say, at known prices.\n\n", palette.text)
    text.right_crop(2)
    return Dialog("ai-usage: notes", text, 90)
