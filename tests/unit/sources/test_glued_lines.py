"""Records that share a physical line, whole or behind half-written ones: compared with what was put there."""

import json
from io import BytesIO
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_usage.sources.entries import Entries, EntryType
from ai_usage.sources.jsonl import Limits, Needles
from ai_usage.sources.parsed import Parsed

ROOMY = Limits(chunk=64, line=1 << 20, slice=1 << 20)
TIGHT = Limits(chunk=64, line=4096, slice=100)


class Entry(msgspec.Struct):
    usage: int | None = None


KIND = EntryType(Entry, Needles(b'"usage"'))


class Part(NamedTuple):
    """What was put into a line, and the `usage` that a reader must find in it."""

    text: str
    usage: int | None


def record(number: int, separators: tuple[str, str]) -> str:
    """A record with all that a broken one can be cut in: escapes, nested objects, a word, a number."""
    content = [
        {"type": "text", "text": f'say {{"usage":{number}}} \\ \u00e9 {{"'},
        {"x": None, "y": [True, -1.5]},
    ]
    return json.dumps(
        {"id": f"m{number}", "content": content, "usage": number, "z": {}}, separators=separators
    )


styles = st.sampled_from([(",", ":"), (", ", ": ")])
whole = st.builds(lambda number, style: Part(record(number, style), number), st.integers(0, 99), styles)
other = st.sampled_from([Part('{"type":"summary","leaf":"x"}', None), Part(" ", None), Part("\t", None)])
torn = st.builds(
    lambda number, style, cut: Part(
        record(number, style)[: 1 + int(cut * (len(record(number, style)) - 2))], None
    ),
    st.integers(0, 99),
    styles,
    st.floats(0, 1),
)
lines = st.lists(st.one_of(whole, other, torn), max_size=5)
logs = st.lists(lines, max_size=5)


def read_in_pieces(text: bytes, ends: list[int], limits: Limits) -> tuple[list[int | None], list[int | None]]:
    """Read a log that grows; returns what was read for good, and what stood in a line without an end yet."""
    kept: list[int | None] = []
    early: list[int | None] = []
    offset = 0
    for end in ends:
        finished = False
        while not finished:
            parsed = Parsed(offset=offset)
            entries = Entries(BytesIO(text[:end]), KIND, parsed, limits)
            for entry in entries:
                (early if entries.unterminated else kept).append(entry.usage)
            offset, finished = parsed.offset, parsed.finished
    return kept, early


@pytest.mark.parametrize("limits", [ROOMY, TIGHT], ids=["roomy", "tight"])
@given(log=logs, cuts=st.sets(st.floats(0, 1), max_size=6))
@settings(deadline=None)
@example(log=[[Part(record(1, (",", ":")), 1), Part(record(2, (",", ":")), 2)]], cuts={0.5})
@example(log=[[Part('{"content":', None), Part(record(2, (",", ":")), 2)]], cuts={0.5})
@example(log=[[Part('{"content":"x\\', None), Part(record(2, (",", ":")), 2)]], cuts={0.5})
def test_every_whole_record_is_read_once_however_lines_are_glued_and_reads_are_cut(
    limits: Limits, log: list[list[Part]], cuts: set[float]
) -> None:
    text = "".join("".join(part.text for part in line) + "\n" for line in log).encode()
    expected = [part.usage for line in log for part in line if part.usage is not None]
    ends = sorted({round(cut * len(text)) for cut in cuts} | {len(text)})
    kept, early = read_in_pieces(text, ends, limits)
    assert kept == expected
    assert set(early) <= set(expected)
