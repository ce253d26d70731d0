from itertools import combinations

import pytest

from ai_usage.render.canvas import Canvas, Colours
from ai_usage.render.hues import AGENTS, Fill, agent_colour, fills_for, stacking_order
from ai_usage.render.theme import ANSI, DARK, LIGHT
from ai_usage.report.overview import OTHERS
from ai_usage.sources.registry import SOURCES

DARK_TRUE = Canvas(80, DARK, Colours.TRUE)
LIGHT_TRUE = Canvas(80, LIGHT, Colours.TRUE)
DARK_INDEXED = Canvas(80, DARK, Colours.INDEXED)
LIGHT_INDEXED = Canvas(80, LIGHT, Colours.INDEXED)
ANSI_16 = Canvas(80, ANSI, Colours.ANSI)
UNKNOWN = Canvas(80, ANSI, Colours.INDEXED)
CANVASES = (DARK_TRUE, LIGHT_TRUE, DARK_INDEXED, LIGHT_INDEXED)


@pytest.mark.parametrize(
    ("agent", "colours"),
    [
        ("claude", ("#e2703a", "#d4693f", "color(166)", "color(166)", "color(166)", "yellow")),
        ("codex", ("#5a72dc", "#21409a", "color(62)", "color(25)", "color(62)", "blue")),
        ("gemini", ("#62e0bf", "#0e9f95", "color(79)", "color(37)", "color(37)", "cyan")),
        ("opencode", ("#e0ab3c", "#6a5f10", "color(179)", "color(58)", "color(58)", "green")),
        ("copilot", ("#b59cf8", "#a97ae6", "color(147)", "color(140)", "color(140)", "magenta")),
        ("kimi", ("#8f4f72", "#7a2342", "color(96)", "color(89)", "color(96)", "red")),
        ("omp", ("#cb2f4a", "#a73c6f", "color(161)", "color(125)", "color(161)", "bright_red")),
        ("pi", ("#4aa9b4", "#2c6f9e", "color(73)", "color(24)", "color(24)", "bright_blue")),
    ],
)
def test_an_agent_has_one_colour_on_each_kind_of_terminal(agent: str, colours: tuple[str, ...]) -> None:
    assert tuple(agent_colour(agent, canvas) for canvas in (*CANVASES, UNKNOWN, ANSI_16)) == colours
    assert agent_colour(agent, UNKNOWN._replace(colours=Colours.TRUE)) == colours[-2]
    assert agent_colour(agent, DARK_TRUE._replace(colours=Colours.ANSI)) == colours[-1]
    assert agent_colour(agent, DARK_TRUE._replace(colours=Colours.NONE)) == ""


def test_an_agent_keeps_its_colour_beside_any_other() -> None:
    for canvas in (*CANVASES, UNKNOWN, ANSI_16):
        alone = {agent: fills_for({agent: agent}, canvas)[agent] for agent in AGENTS}
        assert fills_for({agent: agent for agent in AGENTS}, canvas) == alone


@pytest.mark.parametrize("canvas", [*CANVASES, UNKNOWN, ANSI_16])
def test_eighteen_agents_are_told_apart(canvas: Canvas) -> None:
    assert len(AGENTS) == 18
    assert {source.name for source in SOURCES} <= set(AGENTS)
    for one, other in combinations(fills_for({agent: agent for agent in AGENTS}, canvas).values(), 2):
        assert one != other
    patterns = fills_for({agent: agent for agent in AGENTS}, canvas._replace(patterns=True))
    assert len({fill.sign for fill in patterns.values()}) == 18


def test_an_unknown_agent_has_a_pattern_and_the_others_are_hollow() -> None:
    fills = fills_for({"vim": "vim", OTHERS: ""}, DARK_TRUE)
    assert fills["vim"].sign != "█"
    assert fills[OTHERS] == Fill("#868b94", "░")


def test_models_of_an_agent_are_shades_of_its_colour_that_do_not_depend_on_their_rank() -> None:
    both = fills_for({"Opus 4.8": "claude", "Sonnet 4.6": "claude", "GPT-5.5": "codex"}, DARK_TRUE)
    turned = fills_for({"GPT-5.5": "codex", "Sonnet 4.6": "claude", "Opus 4.8": "claude"}, DARK_TRUE)
    assert both == turned
    claude = {
        "#e2703a",
        "#e59f7f",
        "#964e2d",
        "#e7c6b9",
    }  # all of it, 62% with ink, 64% with paper, 30% with ink
    assert {both["Opus 4.8"].colour, both["Sonnet 4.6"].colour} < claude
    for name in ("Opus 4.8", "GPT-5.5"):
        assert fills_for({name: "claude" if name == "Opus 4.8" else "codex"}, DARK_TRUE)[name] == both[name]


def test_machines_are_grey_and_more_than_four_have_patterns() -> None:
    names = {f"host-{number}": "" for number in range(6)}
    fills = fills_for(names, LIGHT_TRUE)
    assert {fill.colour for fill in fills.values()} == {"#1b2945", "#455473", "#73829e", "#a3aec2"}
    assert len(set(fills.values())) == 6
    assert sum(fill.sign == "█" for fill in fills.values()) == 4


def test_the_order_of_a_stack_is_fixed() -> None:
    names = ["others", "vim", "pi", "codex", "claude"]
    ordered = sorted(names, key=lambda name: stacking_order(name, "" if name == OTHERS else name))
    assert ordered == ["claude", "codex", "pi", "vim", "others"]
