"""Small homes of real-looking logs, and the figures that the rules give for them, worked out by hand."""

import json
import shutil
from pathlib import Path

import pytest

from .readings import Case, Reading, discover, find_cases, read_case, read_to_end, spell

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
        ends = _line_ends(Path(log.path))
        for end in ends[-1:] if case.source.whole_file(log.path) else ends:
            shutil.copyfile(log.path, path)
            with path.open("r+b") as file:
                file.truncate(end)
            for parsed in read_to_end(case.source, log, str(path), offset, state):
                grown.take(log, parsed)
                offset, state = parsed.offset, parsed.state
    # What was taken back in the meantime counts nowhere.
    kept = {key: record for key, record in grown.records.items() if not record.retracted}
    assert (kept, grown.rejected) == (whole.records, whole.rejected)


def _line_ends(path: Path) -> list[int]:
    text = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(text) if byte == ord("\n")]
    return ends if text.endswith(b"\n") else [*ends, len(text)]
