"""`make run` shows a person's own usage or, without logs, sample data that is marked as such."""

import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from scripts.sample_logs import write_sample
from tests.e2e.homes import Home
from tests.e2e.terminals import Tmux

ROOT = Path(__file__).parents[2]
LOCATION = Path(sys.executable).with_name("ai-usage").relative_to(ROOT)
COMMAND = f"cd {shlex.quote(str(ROOT))} && {shlex.quote(sys.executable)} -m scripts.run_here"


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
    assert shown.endswith(f"\nThis program is {LOCATION}; run it with --help for all commands.\n")


def test_wrong_settings_are_told_in_one_line(home: Home) -> None:
    path = home.write(".config/ai-usage/config.toml", "x = 1\n")
    command = [sys.executable, "-m", "scripts.run_here"]
    done = subprocess.run(command, cwd=ROOT, env=home.env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"ai-usage: {path}: unknown key 'x'; known: sources, display, update\n"


def test_in_a_terminal_the_monitor_opens_and_then_the_program_is_named(home: Home) -> None:
    write_sample(home.path, "sample-laptop", datetime.now(UTC))
    with Tmux(home) as terminal:
        terminal.run(COMMAND)
        terminal.until("Sonnet 4.6")
        terminal.press("q")
        terminal.until(f"This program is {LOCATION}")


def test_in_a_terminal_without_logs_the_sample_is_offered(home: Home) -> None:
    with Tmux(home) as terminal:
        terminal.run(COMMAND)
        terminal.until("Press Enter to see sample data of two invented machines instead, or Ctrl-C to end.")
        terminal.press("Enter")
        terminal.until("sample-desktop")
        terminal.press("q")
        terminal.until(f"This program is {LOCATION}")
        terminal.run(COMMAND)
        terminal.until("Press Enter to see")
        terminal.press("C-c")
        terminal.until("shell> ")


def _run(home: Path) -> str:
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "100", "TZ": "UTC"}
    command = [sys.executable, "-m", "scripts.run_here"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout
