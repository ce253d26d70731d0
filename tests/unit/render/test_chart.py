from datetime import date, timedelta

import pytest

from ai_usage.render.canvas import Canvas, Colours
from ai_usage.render.chart import chart, column_edges, most_points
from ai_usage.render.measure import measure_of
from ai_usage.render.scale import scale_for
from ai_usage.render.theme import ANSI, DARK
from ai_usage.report.overview import Overview, Point
from ai_usage.usage.bucket import Bucket, Unit
from ai_usage.usage.instant import DAY, MINUTE
from ai_usage.usage.total import Total
from tests.unit.render import examples

PLAIN = Canvas(60, ANSI, Colours.NONE)
HOUR = 60 * MINUTE
DARK_CANVAS = Canvas(60, DARK, Colours.TRUE)


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
    return Overview(report, Unit.DAY, points, ("claude",), {"claude": "claude"}, len(amounts))


def columns(*amounts: int) -> list[str]:
    """The columns of a chart, each from the bottom up, a sign a line."""
    lines = [line.plain[9:].ljust(60) for line in chart(overview(*amounts), PLAIN, 5)[1:-2]]
    edges = column_edges(len(amounts), 51)
    return ["".join(line[at] for line in reversed(lines)) for at in edges[:-1]]


def test_heights_are_exact_to_an_eighth_of_a_line() -> None:
    assert columns(16, 8, 12, 1, 0) == ["█▅", "▆ ", "█▂", "▁ ", "  "]


def test_whatever_is_there_is_seen() -> None:
    assert columns(16_000, 1)[1] == "▁ "


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
    assert len(lines) in {8 + 3, 9 + 3, 10 + 3}


def test_a_chart_has_room_for_as_many_points_as_it_says() -> None:
    assert most_points(60, lanes=False) == 51
    assert len(chart(overview(*range(1, 52)), PLAIN)[-3].plain) == 60
    assert most_points(60, lanes=True) == 38


def test_columns_stand_on_their_axis_and_figures_on_their_line() -> None:
    lines = [line.plain for line in chart(overview(20, 5, 10), DARK_CANVAS, 11)]
    assert [line[:9] for line in lines[1:-1]] == [
        "    $20 ▔", "         ", "    $15 ▔", "         ", "    $10 ▔", "         ", "     $5 ▔", "         ",
        "     $0 ▔",
    ]  # fmt: skip
    assert lines[-2] == "     $0 " + "▔" * 52
    assert lines[5] == "    $10 ▔" + "█" * 13 + "▔" * 21 + "█" * 13 + "▔" * 4
    plain = [line.plain for line in chart(overview(20, 5, 10), PLAIN, 11)]
    assert plain[5] == "    $10 ▔" + "█" * 13 + " " * 21 + "█" * 13


def test_figures_of_the_axis_are_exact_to_parts_of_a_cent() -> None:
    cheap = overview(1)
    parts = tuple(("claude", part._replace(cost=15 * 10**9)) for _, part in cheap.points[0].parts)
    point = cheap.points[0]._replace(total=parts[0][1], parts=parts)
    lines = [line.plain for line in chart(cheap._replace(points=(point,)), PLAIN, 11)]
    assert [line[:8].strip() for line in lines if "▔" in line] == ["$0.02", "$0.015", "$0.01", "$0.005", "$0"]


def split(**amounts: int) -> Overview:
    """A day with these agents."""
    parts = tuple((name, Total(requests=1, cost=dollars * 10**12)) for name, dollars in amounts.items())
    whole = Total(requests=1, cost=sum(amounts.values()) * 10**12)
    day = overview(1)
    point = day.points[0]._replace(total=whole, parts=parts)
    return day._replace(
        report=day.report._replace(total=whole),
        points=(point,),
        series=tuple(amounts),
        owners={name: name for name in amounts},
    )


def test_two_series_in_a_cell_are_a_block_on_a_ground_and_three_stand_side_by_side() -> None:
    canvas = DARK_CANVAS._replace(width=29)  # a column of 15 cells
    assert scale_for(18 * 10**12, [4]).step == 5 * 10**12  # for a line
    whole = chart(split(claude=10, codex=8), canvas, 8)
    assert [line.plain[9:24] for line in whole[2:-2]] == ["▅" * 15, "█" * 15, "█" * 15, "█" * 15]
    halves = chart(split(claude=4, codex=14), canvas, 8)
    assert halves[5].plain[9:] == "▆" * 15
    assert str(halves[5].spans[-1].style) == "#e2703a on #5a72dc"
    crowded = chart(split(claude=16, codex=2), canvas, 8)
    assert crowded[2].plain[9:] == "▅" * 15
    assert [(str(span.style), span.end - span.start) for span in crowded[2].spans[-2:]] == [
        ("#e2703a", 6),
        ("#5a72dc", 9),
    ]


def test_the_legend_names_every_drawn_series_at_any_width() -> None:
    names = ("claude", "codex", "gemini", "opencode", "copilot", "kimi")
    day = split(**dict.fromkeys(names, 5))
    for width in (24, 40, 60, 200):
        lines = chart(day, DARK_CANVAS._replace(width=width))
        head = " ".join(line.plain for line in lines)
        assert all(f"█ {name}" in head for name in names)
        assert max(line.cell_len for line in lines) <= width
        assert len(chart(day, DARK_CANVAS._replace(width=width), 12)) == 12


def test_a_series_without_a_price_is_named_and_has_no_colour() -> None:
    day = split(claude=5, kimi=0)
    unpriced = Total(requests=1, unpriced_tokens=9)
    point = day.points[0]._replace(parts=(day.points[0].parts[0], ("kimi", unpriced)))
    title = chart(day._replace(points=(point,)), DARK_CANVAS)[0].plain
    assert title == "Cost by day   █ claude   kimi: no price"


def test_without_colour_each_series_has_a_lane() -> None:
    lines = [line.plain for line in chart(split(claude=20, codex=5, gemini=1), PLAIN, 11)]
    assert lines == [
        "Cost by day",
        "all              $30 ▔" + "▅" * 15,
        " " * 22 + "█" * 15,
        " " * 22 + "█" * 15,
        "claude           $30 ▔",
        " " * 22 + "█" * 15,
        " " * 22 + "█" * 15,
        "codex            $10 ▔" + "▄" * 15,
        "gemini           $10 ▔" + "▁" * 15,
        "                  $0 ▔" + "▔" * 20,
        "                      Jan 1",
    ]


def test_more_lanes_than_lines_are_taken_together() -> None:
    day = split(claude=20, codex=5, gemini=1, kimi=2)
    names = [line.plain[:12].strip() for line in chart(day, PLAIN, 5)]
    assert names == ["Cost by day", "claude", "others", "", ""]
    assert chart(day, PLAIN, 4)[1].plain[:12].strip() == "others"


def test_hours_to_come_take_no_room() -> None:
    begin = examples.START + 13 * DAY
    hours = tuple(
        Point(
            Bucket(f"2026-11-22T{hour:02}", begin + hour * HOUR, begin + (hour + 1) * HOUR),
            total,
            (("claude", total),) if total.cost else (),
        )
        for hour in range(24)
        for total in [Total(requests=int(hour == 9), cost=10**12 * (hour == 9))]
    )
    day = overview(1)
    question = day.report.question._replace(now=begin + 12 * HOUR)
    noon = day._replace(points=hours, unit=Unit.HOUR, report=day.report._replace(question=question))
    assert chart(noon, PLAIN)[-1].plain.split() == ["00:00", "03:00", "06:00", "09:00", "now"]
    assert len(chart(noon, PLAIN)[-2].plain) == 9 + 13 * 3


def test_what_has_no_room_is_said() -> None:
    assert chart(overview(*range(1, 52)), PLAIN)[0].plain == "Cost by day   █ claude"
    assert chart(overview(*range(1, 60)), PLAIN)[0].plain == "Cost by day, the last 51 days   █ claude"


def test_figures_of_an_axis_of_tokens_are_short() -> None:
    many = overview(20_000_000)
    lines = [line.plain for line in chart(many, PLAIN, 11, measure="tokens")]
    assert [line[:8].strip() for line in lines if "▔" in line] == ["20M", "15M", "10M", "5M", "0"]
