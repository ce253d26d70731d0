"""A second look at a line that did not decode: what broke it costs no more than what is broken."""

import re
from typing import Any, Final, TypeVar

import msgspec

from ai_usage.sources.jsonl import Needles
from ai_usage.sources.parsed import Parsed

T = TypeVar("T")

UNDECODABLE = (msgspec.MsgspecError, RecursionError, UnicodeError)
"""What a typed decoder raises on a line that is not what it claims to be."""

INVALID_LOST: Final = "invalid JSON, a request may be lost"
INVALID_KEPT: Final = "invalid JSON, no request lost"
"""The broken part neither begins like a record nor names what a request has."""
ZEROS: Final = "zero bytes"

_PATH_STEP = re.compile(r"\.([^.\[`]+)|\[(\d+|\.\.\.)\]")
_MAX_REPAIRS = 32


def repair(
    line: memoryview, at: int, kind: type[T], needles: Needles, parsed: Parsed, *, unterminated: bool
) -> list[T]:
    """Decode what can be decoded of a line that is not one good record.

    Each JSON object in it is a record, also behind a half-written one. Bad UTF-8, NUL bytes, a BOM and counts that are
    not numbers (they become null) are forgiven. What is wrong is counted once, unless the line may be half-written.

    Args:
        line: without its end.
        at: where in the log it begins, in bytes.
        kind: of the records.
        needles: without one of them, an object in the line does not matter, as when it has a line of its own.
        parsed: takes what is wrong.
        unterminated: whether the line may be half-written.
    """
    from ai_usage.sources.json_pieces import read_pieces  # most runs see nothing damaged

    text = bytes(line).decode("utf-8", "replace")
    values: list[T] = []
    problems: list[str] = []
    for piece in read_pieces(text, resume=not unterminated):
        concerned = needles.stand_in(piece.text)
        if not piece.whole:
            problems.append(INVALID_LOST if concerned or piece.text.startswith("{") else INVALID_KEPT)
        elif concerned:
            value, problem = fit(_without_surrogates(piece.value), kind)
            values += [] if value is None else [value]
            problems += [] if problem is None else [problem]
    if not problems and "\0" in text.strip("\ufeff\0 \t\r"):
        problems.append(ZEROS)
    if problems and not unterminated:
        parsed.reject(INVALID_LOST if INVALID_LOST in problems else problems[0], at)
    return values


def decode_text(text: bytes, kind: type[T]) -> tuple[T | None, str | None]:
    """Decode a whole document in the same forgiving way; returns the value and what was wrong, if anything."""
    try:
        return msgspec.json.decode(text, type=kind), None
    except UNDECODABLE:
        pass
    from ai_usage.sources.json_pieces import read_pieces

    pieces = read_pieces(text.decode("utf-8", "replace"), resume=False)
    if not pieces:
        return None, ZEROS
    if not pieces[0].whole:
        return None, INVALID_LOST
    value, problem = fit(_without_surrogates(pieces[0].value), kind)
    return value, problem or (INVALID_LOST if len(pieces) > 1 else None)


def fit(tree: Any, kind: type[T]) -> tuple[T | None, str | None]:
    """Read a decoded JSON value as a record; what is of the wrong type becomes null, and is told."""
    if not isinstance(tree, dict):
        return None, "not a JSON object"
    problem = None
    for _ in range(_MAX_REPAIRS):
        try:
            return msgspec.convert(tree, kind), problem
        except msgspec.ValidationError as error:
            if not _drop(tree, str(error)):
                break
            problem = "a field of the wrong type"
    return None, "not a known record"


def _drop(tree: Any, complaint: str) -> bool:
    """Put null where the complaint points, in a list an empty object; false where that helps nothing."""
    _, _, path = complaint.rpartition(" - at `$")
    steps = [name or index for name, index in _PATH_STEP.findall(path)]
    if not steps:
        return False
    return _drop_at(tree, steps)


def _drop_at(tree: Any, steps: list[str]) -> bool:
    head, rest = steps[0], steps[1:]
    if isinstance(tree, list):
        places: list[Any] = list(range(len(tree))) if head == "..." else [int(head)]
    elif isinstance(tree, dict) and head == "...":  # somewhere in a mapping; it is not told where
        places = list(tree)
    elif isinstance(tree, dict) and head in tree:
        places = [head]
    else:
        return False
    if rest:
        return sum(_drop_at(tree[place], rest) for place in places) > 0
    # The items of lists are objects that count by their place, so what is not an object becomes an empty one.
    nothing: Any = {} if isinstance(tree, list) else None
    dropped = any(tree[place] != nothing for place in places)
    for place in places:
        tree[place] = nothing
    return dropped


def _without_surrogates(tree: Any) -> Any:
    """Replace halves of surrogate pairs, which no UTF-8 text can hold."""
    match tree:
        case str():
            return tree.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_without_surrogates(item) for item in tree]
        case dict():
            return {_without_surrogates(key): _without_surrogates(value) for key, value in tree.items()}
        case _:
            return tree
