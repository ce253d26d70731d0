"""The exact decoder: slow, but it sees each key and number as written, and gives an exact error."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, NoReturn

from ai_usage.wire.record import COSTS, COUNTS, KEYS, MAX_INTEGER, InvalidRecord


class Form(Enum):
    """The type of a key's value; a member's value is its name in messages."""

    TEXT = "text"
    TEXT_OR_NULL = "text or null"
    INTEGER = "a 64-bit integer"
    TIER = "an integer from -128 to 127"
    NUMBER_OR_NULL = "a number or null"


RECORD_FORMS: Final[dict[str, Form]] = dict.fromkeys(KEYS, Form.TEXT) | {
    "schema_version": Form.INTEGER,
    "effort": Form.TEXT_OR_NULL,
    "fast_tier": Form.TIER,
    **dict.fromkeys(COUNTS, Form.INTEGER),
    **dict.fromkeys(COSTS, Form.NUMBER_OR_NULL),
    "project_path_sha256": Form.TEXT_OR_NULL,
}
PULLED_FORMS: Final = RECORD_FORMS | {"seq": Form.INTEGER, "uploaded_at": Form.TEXT}
REPORT_FORMS: Final = {
    "host_id": Form.TEXT,
    "algorithm": Form.TEXT,
    "range_end_utc": Form.TEXT,
    "record_count": Form.INTEGER,
    "digest_sha256": Form.TEXT,
    "computed_at": Form.TEXT,
}
RECORD_DEFAULTS: Final[dict[str, Any]] = {
    "effort": None,
    "fast_tier": -1,
    "cache_creation_5m_input_tokens": 0,
    "cache_creation_1h_input_tokens": 0,
    **dict.fromkeys(COSTS),
    "project_path_sha256": None,
}
"""The defaults of absent keys; every other key is required."""


def decode_exactly(data: bytes, forms: Mapping[str, Form], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Decode one JSON object to the values of the keys that `forms` names, in that order.

    Raises:
        InvalidRecord: `invalid JSON: {reason}`.
    """
    try:
        value = _json.decode(data.decode())
    except UnicodeDecodeError as error:
        raise InvalidRecord("invalid JSON: not UTF-8") from error
    except json.JSONDecodeError as error:
        raise InvalidRecord(f"invalid JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise InvalidRecord("invalid JSON: nested too deeply") from error
    except _NotANumber as error:
        raise InvalidRecord(f"invalid JSON: {error}") from error
    if not isinstance(value, _Members):
        raise InvalidRecord("invalid JSON: not an object")
    members = dict(value)
    for fault in _faults(value, members, forms, defaults):
        raise InvalidRecord(f"invalid JSON: {fault}")
    return {
        key: _value(members[key], form) if key in members else defaults[key] for key, form in forms.items()
    }


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object as they were written, repeated keys included."""


class _NotANumber(ValueError):
    """A word or number that is not JSON or does not fit into 64 bits."""


def _read_integer(numeral: str) -> int | float:
    if len(numeral) > 400:
        raise _NotANumber("a number with more than 400 digits")
    return -0.0 if numeral == "-0" else int(numeral)  # no integer has this spelling; existing peers agree


def _refuse_word(word: str) -> NoReturn:
    raise _NotANumber(f"{word} is not a number")


_json = json.JSONDecoder(object_pairs_hook=_Members, parse_int=_read_integer, parse_constant=_refuse_word)


def _faults(
    pairs: _Members, members: Mapping[str, Any], forms: Mapping[str, Form], defaults: Mapping[str, Any]
) -> Iterator[str]:
    if len(pairs) != len(members):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                yield f"repeated key {_shown(key)}"
            seen.add(key)
    for key, form in forms.items():
        if key not in members:
            if key not in defaults:
                yield f"missing key {key}"
        elif not _fits(members[key], form):
            yield f"{key} must be {form.value}"


def _fits(value: object, form: Form) -> bool:
    if value is None:
        return form in (Form.TEXT_OR_NULL, Form.NUMBER_OR_NULL)
    match form:
        case Form.TEXT | Form.TEXT_OR_NULL:
            return isinstance(value, str) and _is_utf8(value)
        case Form.INTEGER:
            return type(value) is int and -MAX_INTEGER - 1 <= value <= MAX_INTEGER
        case Form.TIER:
            return type(value) is int and -128 <= value <= 127
        case Form.NUMBER_OR_NULL:
            return type(value) in (int, float)


def _value(value: object, form: Form) -> object:
    if form is not Form.NUMBER_OR_NULL or value is None:
        return value
    try:
        return float(value)  # type: ignore[arg-type]  # `_fits` has let through numbers only
    except OverflowError:
        return float("inf")


def _is_utf8(text: str) -> bool:
    """Tell whether a text has no half of a surrogate pair, which a JSON escape can produce."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(key: str) -> str:
    return ascii(key[:40])
