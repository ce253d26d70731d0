"""The query of a request, in which a key may occur more than once."""

from typing import Self
from urllib.parse import unquote


class Query:
    """Keys and values in order. A plus is not decoded to a blank, as in existing servers."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Parse the text after the question mark; bytes that are not UTF-8 are replaced."""
        parts = (part.partition("=") for part in raw.decode("latin-1").split("&") if part)
        return cls([(unquote(key), unquote(value)) for key, _, value in parts])

    def values(self, key: str) -> list[str]:
        """Return all values of a key."""
        return [value for each, value in self._pairs if each == key]

    def last(self, key: str) -> str | None:
        """Return the last value of a key, which counts if there are several."""
        return next(reversed(self.values(key)), None)
