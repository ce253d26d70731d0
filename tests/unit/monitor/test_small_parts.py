from pathlib import Path

import pytest

from ai_usage.monitor.events import Intake, Mailbox, Snapshot, Told
from ai_usage.monitor.history import History
from ai_usage.monitor.keys import KEYS
from ai_usage.monitor.look import following, next_filter
from ai_usage.monitor.palette import DARK_PALETTE, LIGHT_PALETTE, Palette
from ai_usage.monitor.widgets.header import ago
from ai_usage.monitor.widgets.lines import bar, split_bar
from ai_usage.monitor.words import WORDS
from ai_usage.render.canvas import Canvas, Colours
from ai_usage.render.hues import AGENTS, agent_colour
from ai_usage.usage.instant import MINUTE


def test_a_filter_goes_from_all_through_the_names_and_back_to_all() -> None:
    names = ["claude", "codex"]
    seen = [()]
    for _ in range(3):
        seen.append(next_filter(seen[-1], names))  # type: ignore[arg-type]  # grows
    assert seen == [(), ("claude",), ("codex",), ()]
    assert next_filter((), names, -1) == ("codex",)
    assert next_filter(("gone",), names) == ()
    assert following("b", ["a", "b"]) == "a"


def test_the_history_goes_back_and_forward_and_keeps_a_line_once() -> None:
    history = History()
    assert history.back() is None
    for line in ("days 3", "days 3", "", "vendor codex"):
        history.add(line)
    assert [history.back(), history.back(), history.back()] == ["vendor codex", "days 3", None]
    assert [history.forward(), history.forward(), history.forward()] == ["vendor codex", "", ""]


def test_the_mailbox_keeps_the_latest_of_each_kind_until_someone_takes_it() -> None:
    mailbox = Mailbox()
    mailbox.post(Told("old"))
    mailbox.post(Intake(share=5))
    mailbox.post(Told("new"))
    taken: list[object] = []
    assert mailbox.attach(taken.append) == [Told("new"), Intake(share=5)]
    mailbox.post(Told("later"))
    assert taken == [Told("later")]
    mailbox.detach()
    mailbox.post(Told("too late"))
    assert taken == [Told("later")]
    assert Snapshot not in {type(event) for event in taken}


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "just now"),
        (1, "1 min ago"),
        (59, "59 min ago"),
        (60, "1 h ago"),
        (2879, "47 h ago"),
        (2880, "2 days ago"),
    ],
)
def test_how_long_ago(minutes: int, words: str) -> None:
    assert ago(minutes * MINUTE) == words


@pytest.mark.parametrize(
    ("amount", "drawn"), [(0, "    "), (1, "╸   "), (500, "━━  "), (640, "━━╸ "), (1000, "━━━━")]
)
def test_bars_are_exact_to_half_a_cell_and_show_whatever_is_there(amount: int, drawn: str) -> None:
    assert bar(amount, 1000, 4) == drawn


def test_a_bar_is_divided_between_agents() -> None:
    drawn = split_bar([("red", 500), ("blue", 0), ("green", 140)], 1000, 10)
    assert drawn.plain == "━━━━━━╸   "
    assert [(str(span.style), span.end - span.start) for span in drawn.spans] == [("red", 5), ("green", 2)]
    assert split_bar([], 1000, 4).plain == "    "


def test_no_two_keys_are_the_same() -> None:
    keys = [name for key in KEYS for name in key.keys.split(",")]
    assert len(keys) == len(set(keys))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [DARK_PALETTE, LIGHT_PALETTE], ids=["dark", "light"])
def test_text_stands_out_from_its_ground(palette: Palette) -> None:
    theme = palette.drawing
    words = [palette.text, palette.accent, palette.good, palette.bad, theme.faint, theme.warning]
    on_rows = [palette.text, theme.money, theme.warning, palette.accent]
    pairs = [(word, ground, 4.5) for word in words for ground in (palette.ground, palette.raised)]
    pairs += [(word, palette.cursor.removeprefix("on "), 4.5) for word in on_rows]
    canvas = Canvas(80, theme, Colours.TRUE)
    pairs += [(agent_colour(agent, canvas), palette.ground, 3.0) for agent in AGENTS]
    pairs += [(palette.bar, ground, 3.0) for ground in (palette.ground, palette.cursor.removeprefix("on "))]
    for text, ground, needed in pairs:
        lighter, darker = sorted((_luminance(text), _luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= needed, (text, ground)


def test_the_document_names_every_key_and_every_word() -> None:
    text = (Path(__file__).parents[3] / "docs" / "monitor.md").read_text("utf-8")
    missing = [key.shown for key in KEYS if f"| `{key.shown}` | {key.meaning} |" not in text]
    missing += [
        name
        for name, word in WORDS.items()
        if f"| `{f'{name} {word.arguments}'.strip()}` | {word.help} |" not in text
    ]
    assert missing == []
