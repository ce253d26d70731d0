"""Pictures of real output for the documents: run the program on sample logs and keep what it draws as SVG."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME, TerminalTheme
from rich.text import Text

from scripts.sample_logs import write_sample

PROGRAM = Path(sys.executable).parent / "ai-usage"
FOLDER = Path(__file__).parent.parent / "docs" / "images"
MACHINE = "sample-desktop"
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
"""The sample ends here, so that a picture changes only when the program draws something else."""

LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [(0, 0, 0), (164, 14, 38), (26, 127, 55), (125, 96, 0), (8, 96, 202), (130, 80, 223), (10, 125, 108),
     (101, 109, 118)],
)  # fmt: skip


def main() -> int:
    """Draw the overview for the README, or what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=96)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--out", type=Path, default=FOLDER / "once.svg")
    parser.add_argument(
        "words", nargs="*", default=["--once", "--since", "2026-11-02", "--until", "2026-11-22"]
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ai-usage-picture-") as folder:
        home = Path(folder)
        write_sample(home, MACHINE, NOW)
        drawn = draw(home, asked.words, asked.columns, asked.theme)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(
        to_svg(drawn, asked.columns, asked.theme, f"ai-usage {' '.join(asked.words[:1])}"), "utf-8"
    )
    print(asked.out)
    return 0


def draw(home: Path, words: list[str], columns: int, theme: str) -> str:
    """Run the program in a home and return what it writes, colours included."""
    settings = home / ".config" / "ai-usage" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[display]\ntheme = "{theme}"\n', "utf-8")
    env = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TZ": "UTC",
        "COLUMNS": str(columns),
        "FORCE_COLOR": "1",
        "COLORTERM": "truecolor",
        "AI_USAGE_SECRETS": str(home / "none.yaml"),
    }
    done = subprocess.run(
        [str(PROGRAM), *words, "--offline"],
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def to_svg(drawn: str, columns: int, theme: str, title: str) -> str:
    """Turn text with colours into a picture that asks no other server for fonts."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=columns, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        console.print(Text.from_ansi(drawn.rstrip("\n")), soft_wrap=True)
        svg = console.export_svg(
            title=title, theme=LIGHT if theme == "light" else SVG_EXPORT_THEME, unique_id="ai-usage"
        )
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace(
        "Fira Code, monospace", "Fira Code, ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace"
    )
    return re.sub(r"[ \t]+\n", "\n", svg)


if __name__ == "__main__":
    sys.exit(main())
