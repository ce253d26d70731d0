"""Entries decoded many at once are those that each line gives by itself, whatever is damaged."""

from io import BytesIO

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ai_usage.sources.entries import Entries, EntryType
from ai_usage.sources.jsonl import Needles
from ai_usage.sources.parsed import Parsed, Rejected
from ai_usage.sources.repair import UNDECODABLE, repair


class Entry(msgspec.Struct):
    usage: int | None = None


KIND = EntryType(Entry, Needles(b'"usage"'))
WHOLE = b'{"usage":1}'
LINES = (
    WHOLE,
    b'{"usage":2} {"usage":3}',
    b'{"usage":4}{"usage":5}',
    b'{"usage":',
    b'6,"usage":6}',
    b'{"usage":"text"}',
    b'\xef\xbb\xbf{"usage":7}',
    b'\0{"usage":8}\0',
    b'{"usage":9}\r',
    b'  {"usage":10}  ',
    b'["usage"]',
    b'"usage"',
    b'{"usage":1}]',
    b"",
    b"{}",
)


def one_by_one(text: bytes) -> tuple[list[Entry], list[Rejected]]:
    """Decode each line of a text by itself."""
    entries: list[Entry] = []
    parsed = Parsed()
    at = 0
    for line in text.split(b"\n"):
        last = at + len(line) == len(text)
        if b'"usage"' in line:
            try:
                entries.append(KIND.decode(line))
            except UNDECODABLE:
                entries += repair(memoryview(line), at, Entry, KIND.needles, parsed, unterminated=last)
        at += len(line) + 1
    return entries, parsed.rejected


@given(st.lists(st.sampled_from(LINES), max_size=8).map(b"\n".join))
@example(b'{"usage":\n6,"usage":6}\n{"usage":2} {"usage":3}\n')
@example(b'{"usage":2} {"usage":3}\n{"usage":\n6,"usage":6}\n')
@example(b'{"usage":\n1}\n')
def test_damage_changes_nothing_for_the_lines_around_it(text: bytes) -> None:
    text = WHOLE + b"\n" + text
    parsed = Parsed()
    assert (list(Entries(BytesIO(text), KIND, parsed)), parsed.rejected) == one_by_one(text)


@pytest.mark.parametrize("text", [b'{"usage":1}\n{"usage":2', b'{"usage":1}\n{"usage":2}'])
def test_an_entry_whose_line_has_no_end_says_so(text: bytes) -> None:
    parsed = Parsed()
    entries = Entries(BytesIO(text), KIND, parsed)
    seen = [(entry.usage, entries.unterminated) for entry in entries]
    assert seen[0] == (1, False)
    assert seen[1:] in ([], [(2, True)])
    assert parsed.rejected == []
