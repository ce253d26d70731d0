"""The chart of `ai-usage --once`, read back and compared with what the reports say."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from rich.text import Text

from ai_usage.render.chart import column_edges
from scripts.sample_logs import write_sample
from tests.e2e.homes import Home
from tests.unit.render.reading import Costs, compare, read_lanes, read_stack

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
WINDOW = ("--since", "2026-11-09", "--until", "2026-11-22")
DAYS = [f"2026-11-{day:02}" for day in range(9, 23)]
COLOUR = {"FORCE_COLOR": "1", "COLORTERM": "truecolor"}
AGENTS = ("claude", "codex", "gemini", "kimi", "omp", "pi")


def costs_of(home: Home) -> Costs:
    """What each agent cost on each day, in millionths of a dollar."""
    costs = {}
    for agent in AGENTS:
        rows = home.json("daily", "--json", "--vendor", agent, *WINDOW)["rows"]
        by_day = {row["date"]: row["cost_usd"] for row in rows}
        costs[agent] = [round(Fraction(str(by_day.get(day) or 0)) * 10**6) for day in DAYS]
    return {agent: amounts for agent, amounts in costs.items() if any(amounts)}


@pytest.mark.parametrize("theme", ["dark", "light", "auto"])
@pytest.mark.parametrize(
    "colours", [COLOUR, {"FORCE_COLOR": "1", "TERM": "xterm-256color"}, {"NO_COLOR": "1"}]
)
def test_the_chart_of_once_shows_what_the_reports_say(
    home: Home, theme: str, colours: dict[str, str]
) -> None:
    write_sample(home.path, "sample-desktop", NOW)
    home.write(".config/ai-usage/config.toml", f'[display]\ntheme = "{theme}"\n')
    costs = costs_of(home)
    assert len(costs) > 3
    lanes = "NO_COLOR" in colours
    for width in (60, 80, 120, 200):
        home.env |= {"COLUMNS": str(width), **colours}
        drawn = home.run("--once", *WINDOW).stdout
        lines = [Text.from_ansi(line) for line in drawn.splitlines()]
        chart = lines[next(at for at, line in enumerate(lines) if line.plain.startswith("Cost by day")) :]
        edges = column_edges(len(DAYS), width - (22 if lanes else 9))
        reading = (read_lanes if lanes else read_stack)(chart, edges)
        assert set(reading.heights) - {"all"} == set(costs)
        compare(reading.heights, reading.line, reading.width, costs, list(costs), 10**6)
