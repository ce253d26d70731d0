"""The query of a request, in which a key can stand more than once."""

from typing import Self
from urllib.parse import unquote


class Query:
    """Keys and values in their order. A plus is a plus, as for existing servers, not a blank."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Part the text behind the question mark; what is not UTF-8 is replaced."""
        parts = (part.partition("=") for part in raw.decode("latin-1").split("&") if part)
        return cls([(unquote(key), unquote(value)) for key, _, value in parts])

    def values(self, key: str) -> list[str]:
        """Return all values of a key."""
        return [value for each, value in self._pairs if each == key]

    def last(self, key: str) -> str | None:
        """Return the value of a key that counts when it stands more than once: the last."""
        return next(reversed(self.values(key)), None)
