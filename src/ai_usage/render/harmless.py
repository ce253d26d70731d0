"""Text from logs and other machines, made harmless for a terminal and for a spreadsheet."""

import re

_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What a terminal obeys or does not show: controls, line separators, marks of direction, surrogates, tags."""


def harmless(text: str) -> str:
    """Spell out every character that a terminal would obey or hide: an escape becomes the four signs `\\x1b`."""
    return _ACTIVE.sub(_spelled, text) if _ACTIVE.search(text) else text


def harmless_cell(text: str) -> str:
    """Make a cell of a CSV that no spreadsheet takes for a formula."""
    cell = harmless(text)
    return f"'{cell}" if cell.lstrip()[:1] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} else cell


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
