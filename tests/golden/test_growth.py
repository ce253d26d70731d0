"""Every log of every golden case, read while it grows by any number of bytes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_usage.sources.base import LogFile

from .readings import Case, Reading, counted, discover, find_cases, read_to_end

LOGS = [
    pytest.param(case, log, id=f"{case.name}-{number}")
    for case in find_cases()
    for number, log in enumerate(discover(case)[0])
    if not case.source.whole_file(log.path)
]


@pytest.mark.parametrize(("case", "log"), LOGS)
@given(cuts=st.sets(st.floats(0, 1), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_reading_a_log_in_any_pieces_gives_what_reading_it_at_once_gives(
    tmp_path: Path, case: Case, log: LogFile, cuts: set[float]
) -> None:
    text = Path(log.path).read_bytes()
    whole, grown = Reading(), Reading()
    for parsed in read_to_end(case.source, log, log.path):
        whole.take(log, parsed)
    path = tmp_path / "log"
    offset, state = 0, b""
    for end in sorted({round(cut * len(text)) for cut in cuts} | {len(text)}):
        path.write_bytes(text[:end])
        for parsed in read_to_end(case.source, log, str(path), offset, state):
            grown.take(log, parsed)
            offset, state = parsed.offset, parsed.state
    assert counted(grown) == counted(whole)
