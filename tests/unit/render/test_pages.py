"""Pages as they are drawn; `make golden` rewrites them, and the diff is to be read."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import RenderableType

from ai_usage.cli.screen import show
from ai_usage.render.canvas import Canvas, Colours
from ai_usage.render.columns import columns_of
from ai_usage.render.overview import overview_page, report_page
from ai_usage.render.theme import ANSI, DARK, LIGHT, Theme
from ai_usage.report.document import Report, Row
from tests.unit.render import examples

DRAWN = Path(__file__).parent / "drawn"


def draw(page: RenderableType, canvas: Canvas) -> str:
    out = io.StringIO()
    show(page, canvas, out, {"COLORTERM": "truecolor", "TERM": "xterm-256color"})
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def check(name: str, drawn: str, rewrite_golden: bool) -> None:
    path = DRAWN / f"{name}.txt"
    if rewrite_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn, "utf-8")
    assert drawn == path.read_text("utf-8")


PAGES: dict[str, Callable[[Canvas], RenderableType]] = {
    "overview": lambda canvas: overview_page(
        examples.overview(), canvas, ("Another process is reading logs.",)
    ),
    "daily": lambda canvas: report_page(examples.daily(), canvas),
    "sessions": lambda canvas: report_page(examples.sessions(), canvas),
}


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", PAGES)
def test_pages_without_colour(name: str, width: int, rewrite_golden: bool) -> None:
    drawn = draw(PAGES[name](Canvas(width, ANSI, Colours.NONE)), Canvas(width, ANSI, Colours.NONE))
    assert max(map(len, drawn.splitlines())) <= width
    assert "\x1b" not in drawn
    check(f"{name}-{width}", drawn, rewrite_golden)


@pytest.mark.parametrize(
    ("name", "theme", "colours"),
    [
        ("ansi", ANSI, Colours.ANSI),
        ("indexed", ANSI, Colours.INDEXED),
        ("dark", DARK, Colours.TRUE),
        ("light", LIGHT, Colours.TRUE),
    ],
)
def test_the_overview_in_colour(name: str, theme: Theme, colours: Colours, rewrite_golden: bool) -> None:
    canvas = Canvas(80, theme, colours)
    check(f"overview-80-{name}", draw(PAGES["overview"](canvas), canvas), rewrite_golden)


def test_the_overview_where_there_is_only_ascii(rewrite_golden: bool) -> None:
    canvas = Canvas(80, ANSI, Colours.NONE, ascii_only=True)
    drawn = draw(PAGES["overview"](canvas), canvas)
    assert drawn.isascii()
    check("overview-80-ascii", drawn, rewrite_golden)


@pytest.mark.parametrize("width", range(40, 241, 7))
def test_pages_fit_at_every_width(width: int) -> None:
    for canvas in (Canvas(width, ANSI, Colours.NONE), Canvas(width, ANSI, Colours.NONE, ascii_only=True)):
        for page in PAGES.values():
            lines = draw(page(canvas), canvas).splitlines()
            assert max(map(len, lines)) <= width
            assert sum("$" in line for line in lines) >= 3


def test_models_of_one_display_name_are_shown_by_their_ids() -> None:
    figures = examples.total(3, 10, 20, 30, 40, 5)
    rows = tuple(
        Row((vendor, model), figures, label)
        for vendor, model, label in (
            ("claude", "claude-sonnet-4-5", "Sonnet 4.5"),
            ("claude", "claude-sonnet-4-5-20250929", "Sonnet 4.5"),
            ("claude", "claude-opus-4-8", "Opus 4.8"),
            ("pi", "claude-opus-4-8", "Opus 4.8"),
        )
    )
    columns = columns_of(Report("models", examples.QUESTION, rows, figures, ()), "≥")
    (model,) = (column for column in columns if column.title == "model")
    assert [model.cell(row) for row in rows] == [
        "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "Opus 4.8", "Opus 4.8",
    ]  # fmt: skip
