"""Every picture of a chart is read back and compared with the figures that it was drawn from."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from rich.text import Text

from ai_usage.render.canvas import Canvas, Colours
from ai_usage.render.chart import chart, column_edges, most_points
from ai_usage.render.hues import AGENTS, stacking_order
from ai_usage.render.theme import ANSI, DARK, LIGHT, Theme
from ai_usage.report.overview import OTHERS, Overview, Point
from ai_usage.usage.bucket import Bucket, Unit
from ai_usage.usage.instant import DAY
from ai_usage.usage.total import Total
from tests.unit.render import examples
from tests.unit.render.reading import EIGHTH, Costs, compare, read_lanes, read_stack

USD = 10**12
CENT = USD // 100


def drawn_from(costs: Costs, owners: dict[str, str]) -> Overview:
    """An overview of these days."""
    days = max(map(len, costs.values()))
    points = []
    for day in range(days):
        parts = tuple(
            (name, Total(requests=1, cost=cents[day] * CENT, priced_requests=1))
            for name, cents in costs.items()
        )
        whole = Total(cost=sum(total.cost for _, total in parts), requests=1)
        start = examples.START + day * DAY
        points.append(
            Point(Bucket(str(examples.FIRST + timedelta(days=day)), start, start + DAY), whole, parts)
        )
    report = examples.models()._replace(
        total=Total(cost=sum(point.total.cost for point in points)),
        question=examples.QUESTION._replace(now=examples.START + days * DAY),
    )
    return Overview(report, Unit.DAY, tuple(points), tuple(costs), owners, days)


def agents(costs: Costs) -> Overview:
    return drawn_from(costs, {name: "" if name == OTHERS else name for name in costs})


CENTS = st.one_of(st.just(0), st.integers(1, 2000), st.integers(1, 5))


@st.composite
def costs(draw: st.DrawFn) -> Costs:
    """Some agents over some days."""
    days = draw(st.integers(1, 30))
    names = draw(st.lists(st.sampled_from([*AGENTS, OTHERS]), min_size=1, max_size=6, unique=True))
    return {name: draw(st.lists(CENTS, min_size=days, max_size=days)) for name in names}


WIDTHS = st.sampled_from([60, 80, 120, 200])
LINES = st.one_of(st.none(), st.integers(6, 30))


def used(some: Costs) -> list[str]:
    names = sorted(some, key=lambda name: stacking_order(name, "" if name == OTHERS else name))
    return [name for name in names if any(some[name])]


@example({"claude": [216, 575, 601], "codex": [0, 0, 0]}, 80, DARK, Colours.TRUE, False, None)
@example({"claude": [150, 500, 550], "codex": [66, 75, 51]}, 80, DARK, Colours.TRUE, False, None)
@example({"claude": [0, 500], "codex": [66, 75], "gemini": [3, 75]}, 80, LIGHT, Colours.INDEXED, True, None)
@settings(max_examples=60)
@given(
    costs(),
    WIDTHS,
    st.sampled_from([DARK, LIGHT, ANSI]),
    st.sampled_from([Colours.TRUE, Colours.INDEXED, Colours.ANSI]),
    st.booleans(),
    LINES,
)
def test_stacked_columns_show_their_figures(
    some: Costs, width: int, theme: Theme, colours: Colours, patterns: bool, lines: int | None
) -> None:
    order = used(some)
    assume(order)
    canvas = Canvas(width, theme, colours, patterns=patterns)
    assume(canvas.shades or len({_hue(name) for name in order}) == len(order))
    check_stack(chart(agents(some), canvas, lines), some, order, width)


@example(
    {
        name: [int(name in {"roo", "gemini"})]
        for name in ("claude", "opencode", "roo", "gemini", "pi", "kilo")
    },
    80,
    DARK,
    "claude",
    False,
    None,
)
@settings(max_examples=30)
@given(costs(), WIDTHS, st.sampled_from([DARK, LIGHT]), st.sampled_from(["", "claude"]), st.booleans(), LINES)
def test_stacks_of_machines_and_models_show_their_figures(
    some: Costs, width: int, theme: Theme, owner: str, patterns: bool, lines: int | None
) -> None:
    named = {name if name == OTHERS else f"x-{name}": cents for name, cents in some.items()}
    owners = {name: "" if name == OTHERS else owner for name in named}
    order = sorted(
        (name for name in named if any(named[name])), key=lambda name: stacking_order(name, owners[name])
    )
    assume(order)
    assume(
        len(order) <= 4
    )  # as many shades as a hue has; more have patterns, which a cell that is not full cannot have
    canvas = Canvas(width, theme, Colours.TRUE, patterns=patterns)
    check_stack(chart(drawn_from(named, owners), canvas, lines), named, order, width)


def check_stack(picture: Sequence[Text], some: Costs, order: Sequence[str], width: int) -> None:
    """Read a stack and compare it with its figures."""
    room = most_points(width, lanes=False)
    days = min(len(some[order[0]]), room)
    edges = column_edges(days, room)
    reading = read_stack(picture, edges)
    assert set(reading.heights) == set(order)
    recent = {name: cents[-days:] for name, cents in some.items()}
    compare(reading.heights, reading.line, reading.width, recent, order)


def _hue(name: str) -> int:
    """Agents that share a hue of the 16 are told apart by pattern, which a cell that is not full cannot have."""
    return -1 if name == OTHERS else AGENTS.index(name) % 8


@example({"codex": [30, 0], "claude": [0, 0]}, 80, False, None)
@example({"codex": [30, 0, 900], "claude": [216, 575, 601]}, 80, True, None)
@settings(max_examples=60)
@given(costs(), WIDTHS, st.booleans(), LINES)
def test_lanes_show_their_figures(some: Costs, width: int, ascii_only: bool, lines: int | None) -> None:
    order = used(some)
    assume(len(order) > 1)
    canvas = Canvas(width, ANSI, Colours.NONE, ascii_only=ascii_only)
    picture = chart(agents(some), canvas, lines)
    room = most_points(width, lanes=True)
    days = min(len(some[order[0]]), room)
    reading = read_lanes(picture, column_edges(days, room))
    recent = {name: cents[-days:] for name, cents in some.items()}
    recent["all"] = [sum(cents[day] for name, cents in recent.items()) for day in range(days)]
    folded = [name for name in order if name not in reading.heights]
    if folded:
        own = [recent[OTHERS]] if OTHERS in recent and OTHERS not in folded else []
        recent[OTHERS] = [sum(day) for day in zip(*own, *(recent[name] for name in folded), strict=True)]
    for name, heights in reading.heights.items():
        for cents, height in zip(recent[name], heights, strict=True):
            trace = ascii_only and height == 2 * EIGHTH  # whatever is there is seen
            assert abs(height - Fraction(cents, 100) / reading.line) <= (2 if trace else 1) * EIGHTH
            assert (height > 0) == (cents > 0)
