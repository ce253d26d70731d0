"""A second look at what did not decode: how much of it is kept, and what is said of it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.sources.repair import decode_text, fit


class Counts(msgspec.Struct):
    fresh: int | None = None
    spent: float | None = None


class Line(msgspec.Struct, rename={"update": "$set"}):
    name: str | None = None
    counts: Counts | None = None
    parts: list[Counts] | None = None
    update: Counts | None = None
    tiers: dict[str, str | None] | None = None


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (b'{"name":"a"}', Line("a"), None),
        (b'\xef\xbb\xbf{"name":"a"}', Line("a"), None),
        (b'\0\0{"name":"a"}\0\0', Line("a"), None),
        (b'{"name":"\xff"}', Line("\ufffd"), None),
        (b'{"name":"\\ud800"}', Line("\ufffd"), None),
        (b'{"name":"\\ud83d\\ude00"}', Line("\U0001f600"), None),
        (b'{"counts":{"fresh":"1","spent":2}}', Line(counts=Counts(None, 2)), "a field of the wrong type"),
        (b'{"counts":{"fresh":1.0}}', Line(counts=Counts(None)), "a field of the wrong type"),
        (b'{"counts":7}', Line(), "a field of the wrong type"),
        (b'{"$set":{"fresh":true}}', Line(update=Counts()), "a field of the wrong type"),
        (
            b'{"parts":[{"fresh":1},{"fresh":"2"},{"fresh":3}]}',
            Line(parts=[Counts(1), Counts(None), Counts(3)]),
            "a field of the wrong type",
        ),
        (b'{"tiers":{"a":"b","c":1}}', Line(tiers={"a": None, "c": None}), "a field of the wrong type"),
        (b"", None, "zero bytes"),
        (b"\0\0\0", None, "zero bytes"),
        (b"[1]", None, "not a JSON object"),
        (b"null", None, "not a JSON object"),
        (b'{"name":', None, "invalid JSON"),
        (b'{"name":"a"} {"name":"b"}', None, "invalid JSON"),
        (b'{"x":' + b"[" * 100_000, None, "invalid JSON"),
        (b'{"parts":[{"fresh":1},2]}', Line(parts=[Counts(1), Counts()]), "a field of the wrong type"),
        (b'{"parts":[null,{"fresh":1}]}', Line(parts=[Counts(), Counts(1)]), "a field of the wrong type"),
        (b'{"name":"a","counts":{}}', Line("a", Counts()), None),
        (b'{"name":{},"counts":{"fresh":{}}}', Line(None, Counts()), "a field of the wrong type"),
        (b'{"name":"b\0\0\0{"name":"a"}', Line("a"), "zero bytes"),
        (b'{"name":"b"}\0{"counts":7}', Line(), "a field of the wrong type"),
        (b'{"name":"b\0\0"}', None, "invalid JSON"),
    ],
)
def test_as_much_as_possible_is_kept_of_a_text(text: bytes, line: Line | None, problem: str | None) -> None:
    assert decode_text(text, Line) == (line, problem)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["name", "counts", "parts", "$set", "tiers", "fresh", "spent"]),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=20,
    )
)
def test_any_value_becomes_a_record_or_a_reason(value: Any) -> None:
    line, problem = fit(value, Line)
    assert isinstance(line, Line) or problem
