"""Which lines of a log are looked at, wherever its bytes are cut: compared with splitting the whole of it."""

from io import FileIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ai_usage.sources.jsonl import Limits, Lines, Needles
from ai_usage.sources.long_line import Skeleton
from ai_usage.sources.parsed import Parsed, Rejected

Found = list[tuple[bytes, int]]

NEEDLES = (b'"usage"', b'"age"', b'"cwd"')
ONE_BY_ONE = Needles(*NEEDLES)
ONE_BY_ONE.find = ONE_BY_ONE._find_one_by_one
SEARCHES = [pytest.param(Needles(*NEEDLES), id="at once"), pytest.param(ONE_BY_ONE, id="one by one")]

ROOMY = Limits(chunk=64, line=1 << 20, slice=1 << 20)
TIGHT = Limits(chunk=8, line=32, slice=100)

lines = st.lists(
    st.one_of(
        st.sampled_from(
            [b'{"usage":1}', b'{"x":"', b'"age""cwd"', b"\0", b"\r", b"", b'\\"usage\\"', b'"usag']
        ),
        st.binary(max_size=20).map(lambda text: text.replace(b"\n", b"")),
        st.integers(1, 90).map(lambda size: b'{"usage":"' + b"x" * size + b'"}'),
    ),
    max_size=12,
).map(lambda parts: b"\n".join(parts))


class Dribbling(FileIO):
    """A file that hands out its bytes in small portions of uneven size."""

    def __init__(self, path: Path, portions: list[int]) -> None:
        super().__init__(path)
        self.portions = list(portions)

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        portion = self.portions.pop(0)
        self.portions.append(portion)
        with buffer[:portion] as room:
            return super().readinto(room)


def read(path: Path, needles: Needles, limits: Limits, portions: list[int]) -> tuple[Found, Found, Parsed]:
    """Read to the end; returns the lines, the unterminated one if it was looked at, and the last reading."""
    whole: Found = []
    last: Found = []
    parsed = Parsed(finished=False)
    while not parsed.finished:
        parsed = Parsed(offset=parsed.offset)
        with Dribbling(path, portions) as file:
            found = Lines(file, needles, parsed, limits)
            for batch in found:
                assert [line for line, _ in batch.placed()] == batch.lines()
                for line, at in batch.placed():
                    (last if found.unterminated else whole).append((bytes(line), at))
    return whole, last, parsed


def split(text: bytes) -> tuple[Found, Found, int]:
    """The same by splitting everything."""
    found: Found = []
    at = 0
    for line in text.split(b"\n"):
        if any(needle in line for needle in NEEDLES):
            found.append((line, at))
        at += len(line) + 1
    whole = text.rfind(b"\n") + 1
    return [each for each in found if each[1] < whole], [each for each in found if each[1] >= whole], whole


@pytest.mark.parametrize("needles", SEARCHES)
@given(text=lines, portions=st.lists(st.integers(1, 40), min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(text=b'{"usage":1}', portions=[1])
@example(text=b"\n\n\n", portions=[1])
@example(text=b"", portions=[1])
def test_every_line_with_a_needle_is_found_once_wherever_reads_end(
    tmp_path: Path, needles: Needles, text: bytes, portions: list[int]
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(text)
    whole, last, parsed = read(path, needles, ROOMY, portions)
    assert (whole, last, parsed.offset, parsed.finished) == (*split(text), True)


@pytest.mark.parametrize("needles", SEARCHES)
@given(text=lines, portions=st.lists(st.integers(1, 40), min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_long_lines_and_short_slices_lose_no_line(
    tmp_path: Path, needles: Needles, text: bytes, portions: list[int]
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(text)
    whole, last, parsed = read(path, needles, TIGHT, portions)
    expected = split(text)
    kept = [[each for each in found if not _too_long(each[0])] for found in expected[:2]]
    assert (whole, last, parsed.offset) == (*kept, expected[2])


def _too_long(line: bytes) -> bool:
    """Whether a line without long strings is more than may be held."""
    skeleton = Skeleton(TIGHT.line)
    skeleton.feed(line)
    return len(line) >= TIGHT.line and skeleton.overflowed


@given(st.lists(st.integers(0, 400), max_size=6), st.integers(0, 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_line_longer_than_all_buffers_comes_without_its_long_strings(
    tmp_path: Path, sizes: list[int], rest: int
) -> None:
    long = b'{"text":"' + b"x" * 5000 + b'","usage":{"n":1}}'
    text = b"".join(b"y" * size + b'"cwd"\n' for size in sizes) + long + b"\n" + b'{"age":2}' * rest
    path = tmp_path / "log.jsonl"
    path.write_bytes(text)
    whole, last, parsed = read(path, Needles(*NEEDLES), Limits(64, 512, 1024), [64])
    assert (b'{"text":"","usage":{"n":1}}', sum(sizes) + 6 * len(sizes)) in whole
    assert len(whole) == len(sizes) + 1
    assert (len(last), parsed.offset) == (rest > 0, len(text) - 9 * rest)


def test_a_line_too_long_to_be_bounded_is_counted_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    long = b'{"usage":[' + b"1," * 500 + b"1]}\n"
    path.write_bytes(long + b'{"usage":1}\n')
    parsed = Parsed()
    with FileIO(path) as file:
        batches = Lines(file, Needles(b'"usage"'), parsed, Limits(64, 512, 4096))
        found = [bytes(line) for batch in batches for line in batch.lines()]
    assert found == [b'{"usage":1}']
    assert parsed.rejected == [Rejected("line too long", 0)]


@pytest.mark.parametrize(
    ("text", "rejected"),
    [
        (b"", 0),
        (b"\n\n", 0),
        (b"\xef\xbb\xbf{}\n", 0),
        (b"\0\0\0{}\n", 0),
        (b" \t{", 0),
        (b"\x7fELF\0\1\2", 1),
        (b"# a note\n{}\n", 1),
        (b"null\n", 1),
        (b"x" * 100_000, 1),
        (b'["usage"]\n', 0),
    ],
    ids=[
        "empty",
        "blank",
        "BOM",
        "NULs",
        "half",
        "binary",
        "text",
        "no object",
        "no line end",
        "looked at anyway",
    ],
)
def test_a_file_that_does_not_begin_as_a_log_is_counted(tmp_path: Path, text: bytes, rejected: int) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(text)
    _, _, parsed = read(path, Needles(b'"usage"'), ROOMY, [64])
    assert parsed.rejected == [Rejected("not JSON Lines", 0)] * rejected


def test_reading_on_looks_only_at_what_was_appended(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"usage":1}\n{"usage":2}\n{"usa')
    _, _, parsed = read(path, Needles(b'"usage"'), ROOMY, [64])
    assert parsed.offset == 24
    with path.open("ab") as file:
        file.write(b'ge":3}\n')
    parsed = Parsed(offset=parsed.offset)
    with FileIO(path) as raw:
        batches = Lines(raw, Needles(b'"usage"'), parsed)
        assert [(bytes(line), at) for batch in batches for line, at in batch.placed()] == [
            (b'{"usage":3}', 24)
        ]
    assert parsed.offset == 36


def test_a_file_cut_off_since_its_last_reading_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"usage":1}\n')
    parsed = Parsed(offset=500)
    with FileIO(path) as file:
        assert list(Lines(file, Needles(b'"usage"'), parsed)) == []
    assert (parsed.offset, parsed.finished) == (500, True)
