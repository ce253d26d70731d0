"""Only the broken part of a log is lost, whichever agent wrote it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest

from ai_usage.sources.base import Unreadable
from ai_usage.sources.jsonl import MAX_LINE_BYTES
from ai_usage.sources.registry import SOURCES
from ai_usage.usage.record import MAX_STORABLE

from .samples import SAMPLES, Sample, log_at

EACH = [pytest.param(sample, id=sample.name) for sample in SAMPLES]
DEEP = b"[" * 100_000 + b"]" * 100_000

Damage = Callable[[Sample], bytes]


def _with(line: bytes, junk: bytes) -> bytes:
    """The line with something put before all else in it."""
    return b"{" + junk + b"," + line[1:]


HARMLESS: dict[str, Damage] = {
    "none": lambda s: s.line(1) + s.line(2) + s.line(3),
    "CRLF": lambda s: (s.line(1) + s.line(2) + s.line(3)).replace(b"\n", b"\r\n"),
    "blank lines": lambda s: b"\n \n" + s.line(1) + b"\r\n\t\n" + s.line(2) + s.line(3) + b"\n\n",
    "lines that are no objects": lambda s: s.line(1) + b'null\n[]\n"x"\n123\n' + s.line(2) + s.line(3),
    "a line of NULs": lambda s: s.line(1) + b"\0" * 5000 + b"\n" + s.line(2) + s.line(3),
    "NULs before a line": lambda s: s.line(1) + b"\0" * 5000 + s.line(2) + s.line(3),
    "a tail of NULs": lambda s: s.line(1) + s.line(2) + s.line(3) + b"\0" * 5000,
    "NULs after the last line": lambda s: s.line(1) + s.line(2) + s.line(3)[:-1] + b"\0" * 500,
    "no last line end": lambda s: s.line(1) + s.line(2) + s.line(3)[:-1],
    "a half-written line": lambda s: s.line(1) + s.line(2) + s.line(3) + s.line(4)[:-7],
    "bad UTF-8": lambda s: s.line(1) + _with(s.line(2), b'"x":"\xff\xc3\x28\xed\xa0\x80"') + s.line(3),
    "half a surrogate pair": lambda s: s.line(1) + _with(s.line(2), b'"x":"\\ud83d"') + s.line(3),
    "a repeated key": lambda s: s.line(1) + _with(s.line(2), b'"type":7,"id":[]') + s.line(3),
    "spaces": lambda s: b"".join(
        json.dumps(json.loads(s.line(n)), separators=(" ,  ", " :\t")).encode() + b" \n" for n in (1, 2, 3)
    ),
    "an unknown key": lambda s: s.line(1) + _with(s.line(2), b'"new":{"usage":[1]}') + s.line(3),
    "two lines in one": lambda s: s.line(1)[:-1] + s.line(2) + s.line(3),
    "all lines in one": lambda s: s.line(1)[:-1] + b" \t" + s.line(2)[:-1] + s.line(3),
    "another record behind a line": lambda s: (
        s.line(1) + s.line(2)[:-1] + b'{"type":"summary"}\n' + s.line(3)
    ),
    "a line of 17 MiB": lambda s: (
        s.line(1) + _with(s.line(2), b'"x":"' + b"y" * (MAX_LINE_BYTES + 1) + b'"') + s.line(3)
    ),
}

BROKEN: dict[str, Damage] = {
    "a broken line": lambda s: s.line(1) + s.line(2) + s.line(9)[:-4] + b"\n" + s.line(3),
    "a list": lambda s: s.line(1) + s.line(2) + b"[" + s.line(9)[:-1] + b"]\n" + s.line(3),
    "deep nesting": lambda s: s.line(1) + s.line(2) + _with(s.line(9), b'"x":' + DEEP) + s.line(3),
    "half a line and NULs before a line": lambda s: (
        s.line(1) + s.line(2) + s.line(9)[:-9] + b"\0" * 99 + s.line(3)
    ),
    "text before a line": lambda s: s.line(1) + b"log: " + s.line(2) + s.line(3),
    "half a line before a line": lambda s: s.line(1) + s.line(9)[:-4] + s.line(2) + s.line(3),
    "half a line and a line behind a line": lambda s: (
        s.line(1)[:-1] + s.line(9)[:30] + s.line(2)[:-1] + s.line(9)[:-9] + b"\n" + s.line(3)
    ),
    "a bracket too much": lambda s: s.line(1) + s.line(2)[:-1] + b"}\n" + s.line(3),
    "a comma": lambda s: s.line(1) + s.line(2) + _with(s.line(9), b'"x":1,') + s.line(3),
}


def outputs(sample: Sample, home: Path, text: bytes) -> tuple[list[int], int]:
    """The output tokens of all requests in a log, and how much of it could not be read."""
    parsed = sample.read(sample.write(home, text))
    return [record.output_tokens for record in parsed.records], parsed.rejected_count


@pytest.mark.parametrize("damage", HARMLESS.values(), ids=HARMLESS)
@pytest.mark.parametrize("sample", EACH)
def test_what_can_be_read_is_read_and_not_counted_as_broken(
    tmp_path: Path, sample: Sample, damage: Damage
) -> None:
    assert outputs(sample, tmp_path, sample.opening() + damage(sample)) == ([1, 2, 3], 0)


@pytest.mark.parametrize("sample", EACH)
def test_a_byte_order_mark_is_passed_over(tmp_path: Path, sample: Sample) -> None:
    text = b"\xef\xbb\xbf" + sample.line(1) + sample.line(2)
    assert outputs(sample, tmp_path, text) == ([1, 2], 0)


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("sample", EACH)
def test_a_broken_line_costs_itself_and_is_counted(tmp_path: Path, sample: Sample, damage: Damage) -> None:
    assert outputs(sample, tmp_path, sample.opening() + damage(sample)) == ([1, 2, 3], 1)


@pytest.mark.parametrize(
    ("told", "understood", "rejected"),
    [
        (None, 0, 0),
        (-3, 0, 0),
        ("7", 0, 1),
        (7.5, 0, 1),
        ([7], 0, 1),
        (True, 0, 1),
        (2**53 + 1, 2**53 + 1, 0),
        (10**30, MAX_STORABLE, 0),
        (float("inf"), 0, 1),
        (float("nan"), 0, 1),
    ],
    ids=["null", "negative", "text", "fraction", "list", "true", "huge", "too large", "infinite", "NaN"],
)
@pytest.mark.parametrize("sample", EACH)
def test_an_odd_count_does_not_harm_the_rest_of_the_record(
    tmp_path: Path, sample: Sample, told: object, understood: int, rejected: int
) -> None:
    counts = sample.counts(9)
    if sample.strict and told in (-3, 10**30):
        understood, rejected = 0, 1
    (spelling,) = [key for key, value in counts.items() if value == 9]
    fresh = next(key for key in counts if key != spelling)
    answer = sample.answer(9, {**counts, spelling: told, fresh: 5})
    text = sample.opening() + sample.line(1) + json.dumps(answer).encode() + b"\n" + sample.line(2)
    parsed = sample.read(sample.write(tmp_path, text))
    assert [(r.input_tokens, r.output_tokens) for r in parsed.records] == [(0, 1), (5, understood), (0, 2)]
    assert parsed.rejected_count == rejected


@pytest.mark.parametrize("sample", EACH)
@pytest.mark.parametrize(
    "text", [b"", b"\n", b"\0" * 9999, b"{}\n", b'{"', b"\xff" * 9999, b"[]", os.urandom(1 << 16)]
)
def test_garbage_gives_no_record_and_no_error(tmp_path: Path, sample: Sample, text: bytes) -> None:
    assert sample.read(sample.write(tmp_path, text)).records == []


@pytest.mark.parametrize("sample", EACH)
def test_the_name_of_a_log_need_not_be_text(tmp_path: Path, sample: Sample) -> None:
    folder = os.fsencode(tmp_path / sample.path).replace(b"/s", b"/\xff\xfe")
    path = Path(os.fsdecode(folder))
    path.parent.mkdir(parents=True)
    path.write_bytes(sample.line(1))
    with FileIO(path) as file:
        (record,) = sample.source.parse(file, log_at(path), 0, b"").records
    assert record.output_tokens == 1
    for text in record:
        if isinstance(text, str):
            text.encode()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a process's largest size this way")
@pytest.mark.parametrize("sample", EACH)
def test_a_line_of_over_100_mb_is_read_in_little_memory(tmp_path: Path, sample: Sample) -> None:
    log = sample.write(tmp_path, b"")
    with open(log.path, "wb") as file:
        file.write(sample.opening() + sample.line(1) + b'{"x":"')
        for _ in range(105):
            file.write(b"A\\n" * (1 << 18) + b"B" * (1 << 18))
        file.write(b'",' + sample.line(2)[1:] + sample.line(3))
    program = f"""
import resource
from pathlib import Path
from tests.unit.sources.samples import BY_NAME, log_at
sample = BY_NAME[{sample.name!r}]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
parsed = sample.read(log_at(Path({log.path!r})))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print([record.output_tokens for record in parsed.records], parsed.rejected_count, after - before)
"""
    root = Path(__file__).parents[3]
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    outputs, _, rest = told.stdout.rpartition("] ")
    rejected, grown_kib = map(int, rest.split())
    assert (outputs, rejected) == ("[1, 2, 3", 0)
    assert grown_kib < 64 * 1024 * (1024 if sys.platform == "darwin" else 1)


def test_what_only_looks_like_a_log_is_named_and_not_waited_for(tmp_path: Path) -> None:
    names = {"claude": ".claude/projects/-a/x.jsonl", "gemini": ".gemini/tmp/a/chats/x.json"}
    names |= {sample.name.partition("-")[0]: sample.path for sample in SAMPLES}
    for name, path in names.items():
        source = next(source for source in SOURCES if source.name == name)
        home = tmp_path / name
        log = home / path
        log.parent.mkdir(parents=True)
        os.mkfifo(log)
        unreadable: list[Unreadable] = []
        roots = source.roots({}, home)
        assert [log for root in roots for log in source.discover(str(root.path), unreadable)] == []
        assert unreadable == [Unreadable(str(log), "not a regular file")]
