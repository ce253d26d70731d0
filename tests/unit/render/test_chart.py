from datetime import date, timedelta

import pytest

from ai_usage.render.canvas import Canvas
from ai_usage.render.chart import chart, measure_of, most_points
from ai_usage.render.theme import ANSI
from ai_usage.report.overview import Overview, Point
from ai_usage.usage.bucket import Bucket, Unit
from ai_usage.usage.total import Total
from tests.unit.render import examples

PLAIN = Canvas(60, ANSI, colour=False)


def overview(*amounts: int) -> Overview:
    points = tuple(
        Point(
            Bucket(str(date(2026, 1, 1) + timedelta(days=index)), index, index + 1),
            total,
            (("claude", total),) if amount else (),
        )
        for index, amount in enumerate(amounts)
        for total in [
            Total(requests=amount, input_tokens=amount, cost=amount * 10**12, priced_requests=amount)
        ]
    )
    report = examples.models()._replace(total=Total(cost=sum(amounts)))
    return Overview(report, Unit.DAY, points, ("claude",), len(amounts))


def columns(*amounts: int, height: int = 2) -> list[str]:
    """The columns of a chart, each from the bottom up, a sign a line."""
    lines = [line.plain[9:].ljust(60) for line in chart(overview(*amounts), PLAIN, height)[1:-2]]
    slot = min(51 // len(amounts), 20)
    return ["".join(line[index * slot] for line in reversed(lines)) for index in range(len(amounts))]


def test_heights_are_exact_to_an_eighth_of_a_line() -> None:
    assert columns(16, 8, 12, 1, 0) == ["██", "█ ", "█▄", "▁ ", "  "]


def test_whatever_is_there_is_seen() -> None:
    assert columns(16_000, 1) == ["██", "▁ "]


def test_nothing_has_no_chart() -> None:
    assert chart(overview(0, 0), PLAIN) == []
    assert chart(overview(), PLAIN) == []


def test_where_nothing_has_a_cost_the_chart_shows_tokens() -> None:
    nameless = overview(5)
    unpriced = nameless._replace(report=nameless.report._replace(total=Total(requests=5, unpriced_tokens=5)))
    assert (measure_of(nameless, "cost"), measure_of(unpriced, "cost"), measure_of(nameless, "tokens")) == (
        "cost",
        "tokens",
        "tokens",
    )
    assert chart(unpriced, PLAIN)[0].plain.startswith("Tokens by day")


@pytest.mark.parametrize("count", [1, 7, 30, 51, 400])
def test_no_line_is_wider_than_the_canvas(count: int) -> None:
    lines = chart(overview(*range(1, count + 1)), PLAIN)
    assert max(line.cell_len for line in lines) <= 60
    assert len(lines) == 8 + 3


def test_a_chart_has_room_for_as_many_points_as_it_says() -> None:
    assert most_points(60) == 51
    assert len(chart(overview(*range(1, 52)), PLAIN)[-3].plain) == 60


def test_the_months_are_said_where_they_begin() -> None:
    points = tuple(
        Point(Bucket(name, 0, 1), Total(cost=1), (("claude", Total(cost=1)),))
        for name in ("2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02")
    )
    labels = chart(overview(1)._replace(points=points), PLAIN)[-1].plain
    assert labels.split() == ["Oct", "30", "31", "Nov", "1", "2"]


def test_a_tall_chart_uses_the_whole_width_and_has_lines_behind_its_columns() -> None:
    lines = [line.plain for line in chart(overview(20, 5, 10), PLAIN._replace(colour=True), 12)]
    assert lines[-2] == " " * 8 + "└" + "─" * 51
    assert lines[7] == "    $10 ┤" + "█" * 13 + "┈" * 21 + "█" * 13 + "┈" * 4
    plain = [line.plain for line in chart(overview(20, 5, 10), PLAIN, 12)]
    assert not any("┈" in line for line in plain)


def test_figures_of_the_axis_are_exact_to_parts_of_a_cent() -> None:
    cheap = overview(1)
    parts = tuple(("claude", part._replace(cost=65 * 10**9)) for _, part in cheap.points[0].parts)
    point = cheap.points[0]._replace(total=parts[0][1], parts=parts)
    lines = [line.plain for line in chart(cheap._replace(points=(point,)), PLAIN, 12)]
    assert [line[:8].strip() for line in lines if "┤" in line] == ["$0.075", "$0.05", "$0.025"]
