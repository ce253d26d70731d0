import os
import time
from pathlib import Path

import pytest

from ai_usage.cli.refresh import finish_refresh, is_due


@pytest.mark.parametrize(
    ("age_s", "took", "due"),
    [
        pytest.param(4, "0.1", False, id="a moment ago"),
        pytest.param(6, "0.1", True, id="some seconds ago"),
        pytest.param(6, "2.0", False, id="a long one is not repeated so soon"),
        pytest.param(21, "2.0", True, id="but after ten times as long"),
        pytest.param(4, "", False, id="one is at work"),
        pytest.param(6, "", True, id="one was killed"),
        pytest.param(6, "nonsense", True, id="an unreadable stamp"),
        pytest.param(-60, "0.1", True, id="a stamp from the future"),
    ],
)
def test_a_refresh_is_due(tmp_path: Path, age_s: float, took: str, due: bool) -> None:
    stamp = tmp_path / "refresh"
    stamp.write_text(took)
    then = time.time() - age_s
    os.utime(stamp, (then, then))
    assert is_due(stamp) is due


def test_the_first_refresh_is_due(tmp_path: Path) -> None:
    assert is_due(tmp_path / "cache" / "refresh")


def test_a_refresh_that_ended_is_not_due(tmp_path: Path) -> None:
    stamp = tmp_path / "cache" / "refresh"
    finish_refresh(stamp, time.monotonic() - 0.25)
    assert not is_due(stamp)
    assert float(stamp.read_text()) >= 0.25
