"""Check that a request's head defines where the request ends: only Content-Length or Transfer-Encoding may.

The HTTP parser is strict about bytes: line ends, folded lines, characters, lengths and chunks. This module refuses what
the parser accepts although a proxy in front may read it in another way (RFC 9112, sections 3, 6 and 7).
"""

from collections.abc import Sequence
from typing import Final

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case and values, as they came."""

_METHODS: Final = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"))
_MOST_DIGITS: Final = 19
"""More digits than any length of 64 bits has."""


def head_fault(method: bytes, version: str, target: bytes, headers: Headers) -> str | None:
    """Return why a request is refused because its head does not frame it, None if it does."""
    if method == b"CONNECT":
        return "CONNECT is not supported"
    if method not in _METHODS:
        return "unknown method"
    if version not in ("1.0", "1.1"):
        return "only HTTP/1.1 and HTTP/1.0 are supported"
    if b"#" in target:
        return "invalid request target"
    if version == "1.1" and len(_values(headers, b"host")) != 1:
        return "exactly one Host header is required"
    return _upgrade_fault(headers) or _length_fault(version, headers)


def is_countable(length: str) -> bool:
    """Tell whether a Content-Length has at most as many digits as a 64-bit length."""
    return length.isascii() and length.isdecimal() and len(length) <= _MOST_DIGITS


def _upgrade_fault(headers: Headers) -> str | None:
    # `Connection: upgrade` alone asks for nothing; a widespread nginx snippet sends it with each request.
    if _values(headers, b"upgrade"):
        return "Upgrade is not supported; send the request without it, as HTTP/1.1"
    return None


def _length_fault(version: str, headers: Headers) -> str | None:
    encodings = [value.strip().lower() for value in _values(headers, b"transfer-encoding")]
    lengths = _values(headers, b"content-length")
    if encodings and lengths:
        return "Content-Length and Transfer-Encoding exclude one another"
    if len(lengths) > 1:
        return "Content-Length stands twice"
    if encodings and version == "1.0":
        return "Transfer-Encoding needs HTTP/1.1"
    if encodings not in ([], [b"chunked"]):
        return "Transfer-Encoding must be chunked"
    return None


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for each, value in headers if each == name]
