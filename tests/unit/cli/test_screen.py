import io

import pytest

from ai_usage.cli.progress import Progress
from ai_usage.cli.screen import find_canvas
from ai_usage.render.theme import ANSI, DARK, LIGHT


class Paper(io.StringIO):
    """Something to write on that may say that it is a terminal."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__()
        self._terminal = terminal
        self._encoding = encoding

    def isatty(self) -> bool:
        return self._terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def fileno(self) -> int:
        raise OSError("not a file")


@pytest.mark.parametrize(
    ("env", "terminal", "colour"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "3", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colour(env: dict[str, str], terminal: bool, colour: bool) -> None:
    assert find_canvas(env, Paper(terminal=terminal), "auto").colour is colour


@pytest.mark.parametrize(
    ("env", "width"),
    [
        ({}, 120),
        ({"COLUMNS": "77"}, 77),
        ({"COLUMNS": "0"}, 120),
        ({"COLUMNS": "x"}, 120),
        ({"COLUMNS": "5"}, 40),
    ],
)
def test_width_without_a_terminal(env: dict[str, str], width: int) -> None:
    assert find_canvas(env, Paper(), "auto").width == width


@pytest.mark.parametrize(("encoding", "ascii_only"), [("utf-8", False), ("UTF_8", False), ("latin-1", True)])
def test_signs(encoding: str, ascii_only: bool) -> None:
    assert find_canvas({}, Paper(encoding=encoding), "auto").ascii_only is ascii_only


@pytest.mark.parametrize(
    ("configured", "env", "theme"),
    [
        ("auto", {}, ANSI),
        ("auto", {"COLORFGBG": "0;15"}, LIGHT),
        ("auto", {"COLORFGBG": "15;default;0"}, DARK),
        ("auto", {"COLORFGBG": "default;default"}, ANSI),
        ("dark", {"COLORFGBG": "0;15"}, DARK),
        ("light", {}, LIGHT),
    ],
)
def test_theme(configured: str, env: dict[str, str], theme: object) -> None:
    assert find_canvas(env, Paper(), configured).theme == theme


def test_progress_is_only_for_terminals_and_only_for_work_that_takes_a_while() -> None:
    quick, pipe, slow = Paper(terminal=True), Paper(), Paper(terminal=True)
    for out, patience_s in ((quick, 60.0), (pipe, 0.0), (slow, 0.0)):
        with Progress("reading logs", out, patience_s) as progress:
            progress(1 << 20, 4 << 20)
    assert (quick.getvalue(), pipe.getvalue()) == ("", "")
    assert slow.getvalue() == "\r\x1b[Kreading logs   25%  1.0 MiB of 4.0 MiB\r\x1b[K"
