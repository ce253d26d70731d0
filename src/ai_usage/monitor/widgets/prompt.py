"""The prompt: one line to type commands into, with history and completion."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from ai_usage.monitor.completion import completions
from ai_usage.monitor.history import History
from ai_usage.monitor.words import Facts


class _Completer(Suggester):
    """Suggests the completion of a line."""

    def __init__(self, facts: Callable[[], Facts]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._facts = facts

    async def get_suggestion(self, value: str) -> str | None:
        """Return the likeliest completion."""
        return next((each for each in completions(value, self._facts()) if each != value), None)


class Prompt(Input):
    """The line to type commands into."""

    DEFAULT_CSS = """
    Prompt { height: 1; border: none; padding: 0; }
    Prompt:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("up", "back", show=False),
        Binding("down", "forward", show=False),
        Binding("tab", "complete", show=False),
    ]

    class Closed(Message):
        """The person closed the prompt."""

    def __init__(self, facts: Callable[[], Facts], history: History) -> None:
        super().__init__(
            placeholder="vendor X · host X · days N · range A B · group G · help",
            suggester=_Completer(facts),
            compact=True,
        )
        self._facts = facts
        self._history = history
        self._offered: list[str] = []

    def action_close(self) -> None:
        """Close."""
        self.post_message(self.Closed())

    def action_back(self) -> None:
        """Show the previous line of the history."""
        self._put(self._history.back())

    def action_forward(self) -> None:
        """Show the next line of the history."""
        self._put(self._history.forward())

    def action_complete(self) -> None:
        """Complete the line; repeated calls show the next choices."""
        if self.value in self._offered:
            offered = self._offered
            self._put(offered[(offered.index(self.value) + 1) % len(offered)])
            return
        self._offered = completions(self.value, self._facts())
        if self._offered:
            self._put(self._offered[0])

    def _put(self, line: str | None) -> None:
        if line is not None:
            self.value = line
            self.cursor_position = len(line)
