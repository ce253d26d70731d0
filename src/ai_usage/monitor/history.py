"""The history of the prompt."""


class History:
    """The typed lines, the latest last; a line repeated in a row is kept once."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._at = 0

    def add(self, line: str) -> None:
        """Add a line."""
        if line and self._lines[-1:] != [line]:
            self._lines.append(line)
        self._at = len(self._lines)

    def back(self) -> str | None:
        """Return the previous line, None at the first one."""
        if not self._at:
            return None
        self._at -= 1
        return self._lines[self._at]

    def forward(self) -> str:
        """Return the next line, an empty one after the last."""
        self._at = min(self._at + 1, len(self._lines))
        return self._lines[self._at] if self._at < len(self._lines) else ""
