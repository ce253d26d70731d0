"""Escape text from logs and other machines for a terminal or a spreadsheet."""

import re

_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Characters that a terminal obeys or hides: controls, line separators, direction marks, surrogates, tags."""


def harmless(text: str) -> str:
    """Escape every character that a terminal would obey or hide: the escape character becomes `\\x1b`."""
    return _ACTIVE.sub(_spelled, text) if _ACTIVE.search(text) else text


def harmless_cell(text: str) -> str:
    """Write a CSV cell that spreadsheets do not read as a formula."""
    cell = harmless(text)
    return f"'{cell}" if cell.lstrip()[:1] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} else cell


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
