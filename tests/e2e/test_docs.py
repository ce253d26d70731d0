"""The examples in the documents are run; `make golden` writes what the program says now into them."""

import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.sample_logs import write_sample
from tests.e2e.homes import PROGRAM, Home

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "json.md",
    *(f"commands/{name}.md" for name in ("reports", "once", "snapshot", "sources", "prices", "ingest")),
)
EXAMPLE = re.compile(r"```console\n\$ ai-usage (?P<words>[^\n]*)\n(?P<shown>.*?)```\n", re.DOTALL)
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The sample machine of the pictures, three weeks of work that end on 22 November 2026."""
    home = Home(tmp_path_factory.mktemp("sample"))
    write_sample(home.path, "sample-desktop", NOW)
    home.write(".config/ai-usage/models.toml", "")
    home.env |= {"TZ": "UTC", "COLUMNS": "80"}
    home.run("ingest")
    return home


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_are_what_the_program_says(
    page: str, sample: Home, rewrite_golden: bool
) -> None:
    path = DOCS / page
    text = path.read_text("utf-8")
    assert EXAMPLE.search(text)
    said = EXAMPLE.sub(lambda example: _run(sample, example["words"]), text)
    if rewrite_golden:
        path.write_text(said, "utf-8")
    assert said == path.read_text("utf-8")


def _run(home: Home, words: str) -> str:
    done = subprocess.run(
        [str(PROGRAM), *shlex.split(words)], env=home.env, capture_output=True, text=True, encoding="utf-8",
        check=False, timeout=60,
    )  # fmt: skip
    lines = [line.rstrip() for line in (done.stdout + done.stderr).replace(str(home.path), "~").splitlines()]
    shown = re.sub(r'("(?:generated_at|end)": )"[^"]*"', r'\1"2026-11-22T18:00:00+00:00"', "\n".join(lines))
    return f"```console\n$ ai-usage {words}\n{shown}{chr(10) if shown else ''}```\n"


def test_every_link_between_pages_leads_somewhere() -> None:
    root = DOCS.parent
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in [*root.glob("*.md"), *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_command_is_in_some_page() -> None:
    from ai_usage.cli.main import COMMANDS

    pages = "\n".join(page.read_text("utf-8") for page in DOCS.rglob("*.md"))
    assert [name for name in COMMANDS if not re.search(rf"ai-usage (\w+\|)*{name}\b", pages)] == []


def test_each_decision_has_a_number_of_its_own() -> None:
    titles = {page.name: page.read_text("utf-8") for page in (DOCS / "adr").glob("0*.md")}
    assert [int(name[:4]) for name in sorted(titles)] == list(range(1, len(titles) + 1))
    assert [name for name, text in titles.items() if not text.startswith(f"# {int(name[:4])}. ")] == []
