"""A second look at a line that did not decode: what broke it costs no more than what is broken."""

import re
from typing import Any, TypeVar

import msgspec

from ai_usage.sources.parsed import Parsed

T = TypeVar("T")

UNDECODABLE = (msgspec.MsgspecError, RecursionError, UnicodeError)
"""What a typed decoder raises on a line that is not what it claims to be."""

_PATH_STEP = re.compile(r"\.([^.\[`]+)|\[(\d+|\.\.\.)\]")
_MAX_REPAIRS = 32


def repair(line: memoryview, at: int, kind: type[T], parsed: Parsed, unterminated: bool) -> T | None:
    """Decode a line as far as it can be: bad UTF-8, NUL bytes, a BOM, counts that are no numbers (they become null).

    Returns:
        The value, or None when the line is no JSON object; that is counted unless the line may be half-written.
    """
    value, problem = _decode(bytes(line), kind)
    if problem is not None and not unterminated:
        parsed.reject(problem, at)
    return value


def decode_text(text: bytes, kind: type[T]) -> tuple[T | None, str | None]:
    """Decode a whole document in the same forgiving way; returns the value and what was wrong, if anything."""
    try:
        return msgspec.json.decode(text, type=kind), None
    except UNDECODABLE:
        return _decode(text, kind)


def _decode(text: bytes, kind: type[T]) -> tuple[T | None, str | None]:
    import json  # most runs see nothing damaged

    text = text.removeprefix(b"\xef\xbb\xbf").strip(b"\0 \t\r\n")
    if not text:
        return None, "zero bytes"
    # A crash leaves half a line and zeros; the next line is then written behind them.
    torn, _, text = text.rpartition(b"\0")
    try:
        tree = _without_surrogates(json.loads(text.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return None, "invalid JSON"
    value, problem = fit(tree, kind)
    return value, problem or ("zero bytes" if torn else None)


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
    # The items of lists are objects that count by their place, so one that is none becomes one that says nothing.
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
