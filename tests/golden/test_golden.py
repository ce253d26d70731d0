"""Small homes of real-looking logs, and the figures that the rules give for them, worked out by hand."""

import json
import shutil
from pathlib import Path

import pytest

from .readings import Case, Reading, counted, discover, find_cases, read_case, read_to_end, spell

CASES = [pytest.param(case, id=case.name) for case in find_cases()]


@pytest.mark.parametrize("case", CASES)
def test_a_home_gives_the_records_that_the_rules_say(case: Case, rewrite_golden: bool) -> None:
    logs, unreadable = discover(case)
    reading = read_case(case, logs)
    reading.unreadable = [each.path for each in unreadable]
    said = spell(case, reading)
    expected = case.folder / "expected.json"
    if rewrite_golden:
        expected.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
    assert said == json.loads(expected.read_text())


@pytest.mark.parametrize("case", CASES)
def test_neither_the_order_of_files_nor_reading_them_again_matters(case: Case) -> None:
    logs, _ = discover(case)
    assert read_case(case, [*reversed(logs), *logs]).records == read_case(case, logs).records


@pytest.mark.parametrize("case", CASES)
def test_a_log_that_grew_gives_what_one_reading_of_all_of_it_gives(case: Case, tmp_path: Path) -> None:
    logs, _ = discover(case)
    whole = read_case(case, logs)
    grown = Reading()
    for number, log in enumerate(logs):
        path = tmp_path / str(number)
        offset, state = 0, b""
        ends = _cuts(Path(log.path))
        for end in ends[-1:] if case.source.whole_file(log.path) else ends:
            shutil.copyfile(log.path, path)
            with path.open("r+b") as file:
                file.truncate(end)
            for parsed in read_to_end(case.source, log, str(path), offset, state):
                grown.take(log, parsed)
                offset, state = parsed.offset, parsed.state
    assert counted(grown) == counted(whole)


def _cuts(path: Path) -> list[int]:
    """The end of every line, and its middle: a log is often seen while its last line is being written."""
    cuts, begin = [], 0
    for line in path.read_bytes().splitlines(keepends=True):
        cuts += [begin + len(line) // 2, begin + len(line)]
        begin += len(line)
    return cuts
