import os
import pty
import subprocess

import pytest

from tests.e2e.homes import PROGRAM, Home

WINDOW = ("--since", "2026-11-20", "--until", "2026-11-22")


def on_terminal(home: Home, *words: str, **env: str) -> str:
    """Run the program on a pseudo-terminal and return all that it writes there."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [str(PROGRAM), *words], env=home.env | {"TERM": "xterm-256color"} | env, stdin=follower, stdout=follower,
        stderr=follower, close_fds=True,
    )  # fmt: skip
    os.close(follower)
    written = b""
    while True:
        try:
            chunk = os.read(leader, 1 << 16)
        except OSError:
            break
        if not chunk:
            break
        written += chunk
    os.close(leader)
    assert process.wait(timeout=60) == 0
    return written.decode()


@pytest.mark.parametrize(
    ("env", "colour"),
    [
        pytest.param({}, True, id="a terminal has colour"),
        pytest.param({"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"TERM": "dumb"}, False, id="TERM=dumb"),
        pytest.param({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, id="NO_COLOR wins over FORCE_COLOR"),
    ],
)
def test_colour_on_a_terminal(used_home: Home, env: dict[str, str], colour: bool) -> None:
    assert ("\x1b[" in on_terminal(used_home, "--once", *WINDOW, **env)) is colour


def test_a_pipe_has_colour_only_when_forced(used_home: Home) -> None:
    assert "\x1b[" not in used_home.run("--once", *WINDOW).stdout
    assert "\x1b[" in used_home.run("--once", *WINDOW, FORCE_COLOR="1").stdout


@pytest.mark.parametrize("columns", [60, 80, 120, 240])
def test_the_overview_fits_its_columns(used_home: Home, columns: int) -> None:
    text = used_home.run("--once", *WINDOW, COLUMNS=str(columns)).stdout
    assert max(len(line.rstrip()) for line in text.splitlines()) <= columns


def test_where_the_encoding_is_ascii_so_is_the_answer(used_home: Home) -> None:
    text = used_home.run("--once", *WINDOW, PYTHONIOENCODING="ascii").stdout
    assert text.isascii()
    assert "Cost by day" in text
