"""The JSON values in a text that is not one JSON value: several in a row, and those behind a half-written one."""

import json
import re
from typing import Any, Final, NamedTuple

_MAX_STARTS: Final = 64
"""At so many places behind a broken part a record is looked for; text inside out could otherwise take minutes."""

_BLANK: Final = re.compile(r"[\s\0\ufeff]*")
_RECORD_START: Final = re.compile(r'\{\s*"')
_decode: Final = json.JSONDecoder().raw_decode


class Piece(NamedTuple):
    """A part of a text."""

    text: str
    whole: bool
    """Whether it is a JSON value; otherwise it is what could not be decoded, up to the next record."""
    value: Any


def read_pieces(text: str, *, resume: bool) -> list[Piece]:
    """Divide a text into JSON values and broken parts; white space and NUL bytes between them are dropped.

    Args:
        text: of a line or a document.
        resume: whether to go on at the next record behind a broken part, rather than to take all the rest for broken.
            A line that is still being written may end behind a value inside a record, so it is no place to resume.
    """
    pieces: list[Piece] = []
    inside = True  # a broken part at the start may be the end of a record, and hold objects of it
    at = _skip_blank(text, 0)
    while at < len(text):
        found = _value_at(text, at)
        # The end of a broken record may begin with what looks like a string: `"}}{"type":`.
        if found is None or (text[at] != "{" and not _may_end_at(text, found[1])):
            inside = inside or text[at] == "{"
            stop = _next_record(text, at, inside) if resume else len(text)
            pieces.append(Piece(text[at:stop], False, None))
        else:
            value, stop = found
            inside = inside and text[at] != "{"
            pieces.append(Piece(text[at:stop], True, value))
        at = _skip_blank(text, stop)
    return pieces


def _next_record(text: str, broken: int, inside: bool) -> int:
    """Find the first object behind the start of a broken part that is a record.

    Another record or the text's end follows it where the broken part is one of a record: objects inside that one are
    followed by a comma or a bracket. The broken record may seem to hold the next one as its last value
    (`{"message":{"type":"assistant"}`).

    Args:
        text: of a line or a document.
        broken: where the broken part begins.
        inside: whether it may be a part of a record, rather than text between records.
    """
    at, tries = broken + 1, 0
    while tries < _MAX_STARTS and (start := _RECORD_START.search(text, at)) is not None:
        tries += 1
        at = start.end()
        found = _value_at(text, start.start())
        if found is not None:
            at = found[1]
            if not inside or _may_end_at(text, at):
                return start.start()
    return len(text)


def _may_end_at(text: str, at: int) -> bool:
    """Whether a record may end here: another one follows, or nothing."""
    follows = _skip_blank(text, at)
    return follows == len(text) or text[follows] == "{"


def _value_at(text: str, at: int) -> tuple[Any, int] | None:
    try:
        return _decode(text, at)
    except (ValueError, RecursionError):
        return None


def _skip_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    assert match is not None  # it may be empty
    return match.end()
