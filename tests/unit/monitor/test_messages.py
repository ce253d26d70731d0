"""What the monitor says: nothing is cut without a key to read it, and nothing stays when it is over."""

from collections.abc import Sequence

import pytest
from textual.containers import VerticalScroll
from textual.widgets import Static

from ai_usage.errors import ServerError
from ai_usage.monitor.app import Monitor
from ai_usage.monitor.events import Figures, Intake, Integrity, SyncState, Told
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import DARK_PALETTE
from ai_usage.monitor.scene import Scene
from ai_usage.monitor.syncing import Outcome, Work
from ai_usage.monitor.widgets.dialog import notes_dialog
from ai_usage.monitor.widgets.footer import status_line
from ai_usage.render.canvas import Colours

from .test_screen import arrived, driven, shown
from .worlds import NOON, Home

SCENE = Scene(Look(), DARK_PALETTE)
REFUSED = "https://ai-usage.example.net is not reachable (connection refused); is the server running?"
FAILING = SyncState(enabled=True, error=REFUSED)


def line(scene: Scene, width: int) -> str:
    text = status_line(scene, NOON, width)
    assert text.cell_len <= width
    return text.plain.rstrip()


def said(scene: Scene) -> str:
    return notes_dialog(scene)._text.plain


@pytest.mark.parametrize(
    ("scene", "text"),
    [
        (SCENE, " : for commands, ? for help"),
        (SCENE._replace(told=Told("synchronised")), " synchronised"),
        (SCENE._replace(told=Told("x" * 90, bad=True)), f" ! {'x' * 44}… n: all of it"),
        (SCENE._replace(sync=FAILING), " ! sync: https://ai-usage.example.net is not re… n: all of it"),
        (SCENE._replace(intake=Intake(problem="disk full"), sync=FAILING), " ! disk full n: 1 more"),
        (SCENE._replace(figures=Figures("locked")), " ! the figures are old: locked"),
    ],
    ids=["nothing", "short", "long", "sync", "two", "figures"],
)
def test_a_line_without_room_says_which_key_shows_all_of_it(scene: Scene, text: str) -> None:
    assert line(scene, 62) == text


def test_many_failed_machines_are_counted_where_their_names_have_no_room() -> None:
    names = tuple(f"machine-{number}" for number in range(9))
    sync = SyncState(enabled=True, integrity=Integrity.FAILED, failed=names)
    scene = SCENE._replace(sync=sync, told=Told("synchronised"))
    assert line(scene, 80).endswith("✗ Integrity Failed (9 machines)")
    assert line(scene._replace(sync=sync._replace(failed=names[:1])), 80).endswith(
        "✗ Integrity Failed (machine-0)"
    )
    assert all(name in said(scene) for name in names)


@pytest.mark.parametrize(
    ("scene", "texts"),
    [
        (SCENE, ["Nothing. Every figure here is what the logs say"]),
        (SCENE._replace(sync=FAILING), [REFUSED, "`:sync` tries at once", "`ai-usage sync status`"]),
        (SCENE._replace(intake=Intake(problem="no room")), ["! no room", "`ai-usage doctor`"]),
        (SCENE._replace(figures=Figures("locked")), ["! the figures are old: locked", "`ai-usage doctor`"]),
        (
            SCENE.taking(Told("one", bad=True)).taking(Told("two")),
            ["Messages, the latest first\n  two\n! one"],
        ),
    ],
    ids=["nothing", "sync", "logs", "figures", "messages"],
)
def test_the_notes_say_what_is_wrong_and_what_can_be_done(scene: Scene, texts: Sequence[str]) -> None:
    for text in texts:
        assert text in said(scene)


def test_the_latest_twenty_messages_are_kept() -> None:
    scene = SCENE
    for number in range(30):
        scene = scene.taking(Told(str(number)))
    assert [told.text for told in scene.said] == [str(number) for number in range(10, 30)]


@pytest.mark.parametrize(
    "keys",
    [["colon", *"days 3", "enter"], ["m"], ["t"], ["l"], ["escape"], ["enter"], ["c"]],
    ids=lambda keys: " ".join(keys),
)
@pytest.mark.asyncio
async def test_an_error_goes_when_something_else_is_done(keys: list[str], home: Home) -> None:
    async with driven(home, 3) as (app, pilot):
        await pilot.press("colon", *"export", "enter")
        assert "! unknown command 'export'; press ? for the list" in shown(app)
        await pilot.press(*keys)
        assert "unknown command" not in shown(app)


@pytest.mark.asyncio
async def test_an_agent_that_was_not_used_can_be_named(home: Home) -> None:
    async with driven(home, 3) as (app, pilot):
        await pilot.press("pageup", "pageup")
        await pilot.press("colon", *"vendor claude", "enter")
        assert app.main.scene.look.filters.vendor == ("claude",)
        assert "is not known" not in shown(app)


def frame(app: Monitor) -> VerticalScroll:
    return app.screen.query_one(VerticalScroll)


@pytest.mark.asyncio
async def test_a_sync_error_can_be_read_in_full_on_a_small_screen(home: Home) -> None:
    def fail(_step: object) -> Outcome:
        raise ServerError(REFUSED)

    async with driven(home, 3, (60, 20), sync=(Work(fail, fail), SyncState(enabled=True))) as (app, pilot):
        await pilot.press("colon", *"sync", "enter")
        for _ in range(500):
            if "! sync: " in shown(app):
                break
            await pilot.pause(0.02)
        assert "n: " in shown(app)
        await pilot.press("n")
        await pilot.pause()
        text = app.screen.query_one(Static).render()
        assert REFUSED in str(text)
        assert app.screen.query_one(Static).size.width <= 56


@pytest.mark.asyncio
async def test_dialogs_scroll(home: Home) -> None:
    async with driven(home, 3, (60, 20)) as (app, pilot):
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.press("down", "j")
        await pilot.pause(0.5)
        assert frame(app).scroll_y == 2
        await pilot.press("end")
        await pilot.pause(0.5)
        assert frame(app).scroll_y == frame(app).max_scroll_y > 20


@pytest.mark.asyncio
async def test_an_empty_table_says_what_helps_on_a_small_screen(home: Home) -> None:
    async with driven(home, 3, (60, 20)) as (app, pilot):
        await pilot.press("colon", *"model zzz", "enter")
        assert "No usage under these filters" in shown(app)
        assert "`:all` shows everything." in shown(app)
        await pilot.press("escape", "pageup", "pageup")
        await arrived(app, pilot, 0)
        assert "No usage in these days." in shown(app)
        assert "`ai-usage sources`" in shown(app).replace("\n", " ")


@pytest.mark.parametrize(
    ("keys", "colours", "remark"),
    [
        (["x"], Colours.NONE, "each series has a lane of its own: colours cannot tell them apart here"),
        (["colon", *"lanes", "enter"], Colours.NONE, "each series has a lane of its own"),
        (["b", "l"], Colours.ANSI, "each series has a lane of its own"),
        (["l", "x"], Colours.TRUE, "patterns show in stacked columns; l stacks the series"),
    ],
    ids=["patterns-plain", "lanes-plain", "models-ansi", "patterns-lanes"],
)
@pytest.mark.asyncio
async def test_a_choice_that_changes_nothing_says_why(
    keys: list[str], colours: Colours, remark: str, home: Home
) -> None:
    async with driven(home, 3, (100, 24), colours=colours) as (app, pilot):
        await pilot.press(*keys)
        assert remark in shown(app)
    async with driven(home, 3, (100, 24)) as (app, pilot):
        await pilot.press("x", "l")
        assert "each series" not in shown(app)
        assert "patterns show" not in shown(app)
