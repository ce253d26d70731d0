"""`make run` shows a person's own usage, or says that there is none and shows a sample that nobody takes for theirs."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from scripts.sample_logs import write_sample

ROOT = Path(__file__).parents[2]


def test_without_logs_the_sample_of_two_machines_is_shown_and_nothing_stays_in_the_home(
    tmp_path: Path,
) -> None:
    shown = _run(tmp_path)
    assert shown.startswith("There are no logs of AI coding agents on this machine.")
    assert shown.count("SAMPLE DATA of two invented machines, sample-desktop and sample-laptop") == 2
    assert "sample-laptop  " in shown
    assert list(tmp_path.iterdir()) == []


def test_with_logs_they_are_shown_and_no_sample(tmp_path: Path) -> None:
    write_sample(tmp_path, "sample-laptop", datetime.now(UTC))
    shown = _run(tmp_path)
    assert "Sonnet 4.6" in shown
    assert "SAMPLE" not in shown


def _run(home: Path) -> str:
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "100", "TZ": "UTC"}
    command = [sys.executable, "-m", "scripts.run_here"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout
