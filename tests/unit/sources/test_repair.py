"""A second look at what did not decode: how much of it is kept, and what is said of it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.sources.jsonl import Needles
from ai_usage.sources.parsed import Parsed, Rejected
from ai_usage.sources.repair import INVALID_KEPT, INVALID_LOST, ZEROS, decode_text, fit, repair


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
        (b'{"name":', None, INVALID_LOST),
        (b'{"name":"a"} {"name":"b"}', Line("a"), INVALID_LOST),
        (b'{"name":"a"}"}}', Line("a"), INVALID_LOST),
        (b'{"x":' + b"[" * 100_000, None, INVALID_LOST),
        (b'{"parts":[{"fresh":1},2]}', Line(parts=[Counts(1), Counts()]), "a field of the wrong type"),
        (b'{"parts":[null,{"fresh":1}]}', Line(parts=[Counts(), Counts(1)]), "a field of the wrong type"),
        (b'{"name":"a","counts":{}}', Line("a", Counts()), None),
        (b'{"name":{},"counts":{"fresh":{}}}', Line(None, Counts()), "a field of the wrong type"),
        (b'{"name":"b\0\0\0{"name":"a"}', None, INVALID_LOST),
        (b'{"counts":7}\0{"name":"b"}', Line(), "a field of the wrong type"),
        (b'{"name":"b\0\0"}', None, INVALID_LOST),
    ],
)
def test_as_much_as_possible_is_kept_of_a_document(
    text: bytes, line: Line | None, problem: str | None
) -> None:
    assert decode_text(text, Line) == (line, problem)


@pytest.mark.parametrize(
    ("text", "names", "problem"),
    [
        (b'{"name":"a"}{"name":"b"}', "ab", None),
        (b'{"name":"a"} \t {"name":"b"}\r', "ab", None),
        (b'{"name":"a"}{"other":1}{"name":"b"}', "ab", None),
        (b'{"name":"a"}{"counts":7}{"name":"b"}', "ab", None),  # none of its names matters here
        (b'{"name":"a"}\0\0{"name":"b"}', "ab", ZEROS),
        (b'\xef\xbb\xbf{"name":"a"}\xef\xbb\xbf{"name":"b"}\0', "ab", None),
        (b'{"name":"b\0\0\0{"name":"a"}', "a", INVALID_LOST),
        (b'{"name":"x{"name":"a"}', "a", INVALID_LOST),
        (b'{"name":"x\\{"name":"a"}', "a", INVALID_LOST),
        (b'{"name":{"name":"a"}', "a", INVALID_LOST),
        (b'{"parts":[{"fresh":1},{"name":"a"}{"name":"b"}', "ab", INVALID_LOST),
        (b'{"na{"name":"a"}', "a", INVALID_LOST),
        (b'{{"name":"a"}', "a", INVALID_LOST),
        (b'{"other":tr{"name":"a"}{"name":"x', "a", INVALID_LOST),
        (b'{"name":"a"}{"name":"x{"name":"b"}', "ab", INVALID_LOST),
        (b'{"name":"a"}{"oth', "a", INVALID_LOST),
        (b'{"name":"a"}]}', "a", INVALID_KEPT),
        (b'{"name":"a"}, {"name":"b"} , {"name":"c"}', "abc", INVALID_KEPT),
        (b'{"name":"a"} and then {"name":"b"} again', "ab", INVALID_KEPT),
        (b'{"name":"a"},{"name":"x, {"name":"b"}', "ab", INVALID_LOST),
        (
            b'{"na{"name":"a"} and {"name":"b"}',
            "b",
            INVALID_LOST,
        ),  # the first may be inside of what is broken
        (b'"}{"name":"a"}', "a", INVALID_KEPT),
        (b'x","name":"z"}}{"name":"a"}', "a", INVALID_LOST),
        (b'["name"]{"name":"a"}', "a", "not a JSON object"),
        (b'["name"', "", INVALID_LOST),
    ],
)
def test_each_record_of_a_line_is_read_and_what_may_be_lost_is_told(
    text: bytes, names: str, problem: str | None
) -> None:
    parsed = Parsed()
    lines = repair(memoryview(text), 9, Line, Needles(b'"name"'), parsed, unterminated=False)
    assert lines == [Line(name) for name in names]
    assert parsed.rejected == ([] if problem is None else [Rejected(problem, 9)])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b'{"name":"a"}{"name":"b"}', "ab"),
        (b'{"name":"a"}{"name":', "a"),
        (b'{"parts":[1],"counts":{"name":"a"}', ""),
    ],
)
def test_of_a_line_without_an_end_only_whole_records_at_its_start_are_read(text: bytes, names: str) -> None:
    parsed = Parsed()
    lines = repair(memoryview(text), 9, Line, Needles(b'"name"'), parsed, unterminated=True)
    assert (lines, parsed.rejected) == ([Line(name) for name in names], [])


def test_text_inside_out_takes_no_long_time() -> None:
    parsed = Parsed()
    nested = b'{"name":' * 900 + b'"' + b"x" * 200_000
    assert repair(memoryview(nested), 0, Line, Needles(b'"name"'), parsed, unterminated=False) == []
    assert parsed.rejected == [Rejected(INVALID_LOST, 0)]


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
