"""What is kept of a line too long to be held."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_usage.sources.long_line import LONG_STRING_BYTES, Skeleton

texts = st.one_of(
    st.text(max_size=20),
    st.text(
        alphabet='"\\\n\u00e9\U0001f600x', min_size=LONG_STRING_BYTES // 8, max_size=LONG_STRING_BYTES // 2
    ),
    st.integers(LONG_STRING_BYTES - 3, LONG_STRING_BYTES + 3).map(lambda size: "x" * size),
    st.just("\\" * (LONG_STRING_BYTES // 2)),
)
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def skeleton_of(text: bytes, cuts: list[int], max_bytes: int = 1 << 30) -> Skeleton:
    skeleton = Skeleton(max_bytes)
    ends = [0, *sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    for begin, end in pairwise(ends):
        skeleton.feed(text[begin:end])
    return skeleton


def emptied(value: Any) -> Any:
    """The same value, its long strings empty."""
    match value:
        case str():
            return "" if len(json.dumps(value)) - 2 > LONG_STRING_BYTES else value
        case list():
            return [emptied(item) for item in value]
        case dict():
            return {key: emptied(item) for key, item in value.items()}
        case _:
            return value


@given(documents, st.lists(st.integers(0, 1 << 16), max_size=6))
@settings(deadline=None)
def test_all_but_the_content_of_long_strings_is_kept(document: Any, cuts: list[int]) -> None:
    kept = skeleton_of(json.dumps(document).encode(), cuts).kept
    assert json.loads(kept) == emptied(document)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8), st.integers(0, 200))
def test_where_the_line_is_cut_does_not_matter_even_for_garbage(
    text: bytes, cuts: list[int], room: int
) -> None:
    at_once, in_parts = skeleton_of(text, [], room), skeleton_of(text, cuts, room)
    assert at_once.overflowed == in_parts.overflowed
    if not at_once.overflowed:
        assert at_once.kept == in_parts.kept


@given(st.lists(st.integers(0, 6000), max_size=8))
def test_a_string_cut_anywhere_within_an_escape_stays_one_string(cuts: list[int]) -> None:
    text = json.dumps({"a": '\\"' * 1400, "b": "\\", "c": '"' * 10}).encode()
    assert json.loads(skeleton_of(text, cuts).kept) == {"a": "", "b": "\\", "c": '"' * 10}


@pytest.mark.parametrize(
    ("text", "kept", "overflowed"),
    [
        (b'{"a":"' + b"x" * 100_000 + b'"}', 8, False),
        (b"[" + b"1," * 5_000 + b"1]", None, True),
        (b'["' + b'x","' * 5_000 + b'"]', None, True),
    ],
    ids=["one long string", "many numbers", "many short strings"],
)
def test_what_cannot_be_bounded_is_told(text: bytes, kept: int | None, overflowed: bool) -> None:
    skeleton = skeleton_of(text, list(range(0, len(text), 1000)), 9_000)
    assert skeleton.overflowed == overflowed
    assert len(skeleton.kept) <= 9_000 + 1_000
    if kept is not None:
        assert len(skeleton.kept) == kept
