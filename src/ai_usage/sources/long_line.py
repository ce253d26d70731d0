"""A JSON line of any length in bounded memory: its long strings are emptied while it streams by."""

import re
from typing import Final

LONG_STRING_BYTES: Final = 4096
_QUOTE: Final = ord('"')
_CONTENT: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
"""The content of a string, up to its end, the end of the text, or a backslash that ends the text."""


class Skeleton:
    """JSON text without the content of strings of over 4 KiB (as written, escapes included).

    Args:
        max_bytes: what is kept at most; `overflowed` tells that there was more.
    """

    def __init__(self, max_bytes: int) -> None:
        self.kept = bytearray()
        self.overflowed = False
        self._max_bytes = max_bytes
        self._in_string = False
        self._escaped = False
        self._emptied = False
        self._string_begin = 0

    def feed(self, part: bytes) -> None:
        """Add the next bytes of the line, cut at any place."""
        at = 0
        while at < len(part) and not self.overflowed:
            at = self._inside(part, at) if self._in_string else self._outside(part, at)
            # A string that goes on may still be emptied, so it does not count yet.
            self.overflowed = (self._string_begin if self._in_string else len(self.kept)) > self._max_bytes

    def _outside(self, part: bytes, at: int) -> int:
        end = part.find(b'"', at) + 1
        if not end:
            self.kept += part[at:]
            return len(part)
        self.kept += part[at:end]
        self._in_string = True
        self._emptied = False
        self._string_begin = len(self.kept)
        return end

    def _inside(self, part: bytes, at: int) -> int:
        if self._escaped:
            self._escaped = False
            self._keep(part[at : at + 1])
            return at + 1
        match = _CONTENT.match(part, at)
        assert match is not None  # it may be empty
        end = match.end()
        self._keep(part[at:end])
        if end == len(part):
            return end
        if part[end] == _QUOTE:
            self._in_string = False
            self.kept.append(_QUOTE)
        else:
            self._escaped = True
            self._keep(part[end : end + 1])
        return end + 1

    def _keep(self, token: bytes) -> None:
        if self._emptied:
            return
        if len(self.kept) + len(token) - self._string_begin > LONG_STRING_BYTES:
            del self.kept[self._string_begin :]
            self._emptied = True
        else:
            self.kept += token
