from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from ai_usage.errors import UpdateError
from ai_usage.monitor.app import Monitor
from ai_usage.monitor.events import Integrity, SyncState, Told
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import DARK_PALETTE, LIGHT_PALETTE, Palette
from ai_usage.monitor.span import ALL, Span
from ai_usage.monitor.syncing import Outcome, Work
from ai_usage.report.question import Filters, SortKey
from tests.unit.report.worlds import record, view

from .worlds import Home, eventually

PLAIN = Look()
Driven = tuple[Monitor, Pilot[bool]]


def busy(folder: Path) -> Home:
    """Two weeks of work of two machines with three models."""
    home = Home(folder)
    for day in range(9, 23):
        for hour in range(1 + day * 5 % 7):
            home.write(f"2026-11-{day:02}T{8 + hour:02}:00:00.000Z", session=f"s{day}")
        if day % 3 == 0:
            home.write(
                f"2026-11-{day:02}T07:00:00.000Z", session=f"b{day}", cwd="/home/ada/blog", model="mystery-9"
            )
    records = [
        record(
            f"m{day}",
            f"2026-11-{day:02}T10:00",
            vendor="codex",
            model="claude-opus-4-6",
            output_tokens=90 * day,
        )
        for day in range(14, 21)
    ]
    home.others.append(lambda: view("laptop", *records, local=False))
    return home


def monitor(
    home: Home,
    look: Look = PLAIN,
    palette: Palette = DARK_PALETTE,
    **more: Any,
) -> Monitor:
    crew = home.crew(look.span, more.pop("sync", None))
    crew.start()
    crew.go_on()
    return Monitor(home.world(), crew, look, palette, **more)


async def arrived(app: Monitor, pilot: Pilot[bool], requests: int) -> None:
    """Wait until so many requests are on the screen."""
    for _ in range(1000):
        if (
            app.main.scene.picture is not None
            and app.main.scene.picture.overview.report.total.requests == requests
        ):
            break
        await pilot.pause(0.02)
    else:
        raise AssertionError("they never came")
    await pilot.pause()


@asynccontextmanager
async def driven(
    home: Home,
    requests: int,
    size: tuple[int, int] = (80, 24),
    look: Look = PLAIN,
    **more: Any,
) -> AsyncIterator[Driven]:
    """Open the monitor, wait for so many requests, and leave it in the end."""
    app = monitor(home, look, **more)
    try:
        async with app.run_test(size=size) as pilot:
            await arrived(app, pilot, requests)
            yield app, pilot
    finally:
        app._crew.stop()


def shown(app: Monitor) -> str:
    """All that the parts of the screen show."""
    return "\n".join(piece.text.plain.rstrip() for row in app.main.stage.rows for piece in row)


SIZES = [(60, 20), (80, 24), (120, 40), (240, 80)]


@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
def test_pictures_at_every_size(
    size: tuple[int, int], tmp_path: Path, snap_compare: Callable[..., bool]
) -> None:
    app = monitor(busy(tmp_path), Look(span=Span(14)))
    assert snap_compare(app, terminal_size=size, run_before=ready(app, 68))
    app._crew.stop()


def test_a_picture_of_the_light_theme_with_patterns_and_lines(
    tmp_path: Path, snap_compare: Callable[..., bool]
) -> None:
    app = monitor(
        busy(tmp_path), Look(span=Span(14), split="model", patterns=True, grouping="hosts"), LIGHT_PALETTE
    )
    assert snap_compare(app, terminal_size=(100, 60), run_before=ready(app, 68))
    app._crew.stop()


def test_a_picture_of_the_help(home: Home, snap_compare: Callable[..., bool]) -> None:
    app = monitor(home)
    assert snap_compare(app, terminal_size=(90, 70), press=["question_mark"], run_before=ready(app, 3))
    app._crew.stop()


def ready(app: Monitor, requests: int) -> Callable[[Pilot[bool]], Awaitable[None]]:
    """Return what waits for so many requests."""

    async def wait(pilot: Pilot[bool]) -> None:
        await arrived(app, pilot, requests)

    return wait


@pytest.mark.parametrize(
    ("keys", "look"),
    [
        (["d"], Look(span=Span(1))),
        (["w"], Look()),
        (["m"], Look(span=Span(30))),
        (["y"], Look(span=Span(365))),
        (["left"], Look(span=Span(7, date(2026, 11, 21)))),
        (["left", "left", "right"], Look(span=Span(7, date(2026, 11, 21)))),
        (["pageup"], Look(span=Span(7, date(2026, 11, 15)))),
        (["pageup", "pagedown"], Look()),
        (["pageup", "0"], Look()),
        (["plus"], Look(span=Span(3))),
        (["minus"], Look(span=Span(14))),
        (["v"], Look(filters=Filters(vendor=("claude",)))),
        (["tab", "tab"], Look(filters=Filters(vendor=("codex",)))),
        (["tab", "tab", "tab"], Look()),
        (["shift+tab"], Look(filters=Filters(vendor=("codex",)))),
        (["h"], Look(filters=Filters(host=("desk",)))),
        (["h", "h"], Look(filters=Filters(host=("laptop",)))),
        (["g"], Look(grouping="vendors")),
        (["g"] * 5, Look()),
        (["s"], Look(sort=SortKey.TOTAL)),
        (["c"], Look(measure="tokens")),
        (["b"], Look(split="model")),
        (["l"], Look(style="lanes")),
        (["x"], Look(patterns=True)),
        (["p"], Look(panel="days")),
        (["p", "p"], Look(panel="hosts")),
        (
            ["enter"],
            Look(filters=Filters(vendor=("codex",), only_model="claude-opus-4-6"), grouping="projects"),
        ),
        (["enter", "escape"], Look()),
        (["g", "down", "enter"], Look(filters=Filters(vendor=("claude",)))),
        (["g", "down", "enter", "escape", "enter"], Look(filters=Filters(vendor=("claude",)))),
        (["g", "down", "enter", "escape", "up", "enter"], Look(filters=Filters(vendor=("codex",)))),
        (["colon", *"days 3", "enter"], Look(span=Span(3))),
        (["slash", *"vendor cl", "tab", "enter"], Look(filters=Filters(vendor=("claude",)))),
        (["colon", *"days 3", "enter", "0", "w", "colon", "up", "enter"], Look(span=Span(3))),
        (["colon", *"days 3", "escape"], Look()),
        (["colon", *"all", "enter"], Look(span=ALL)),
        (["colon", *"dance", "enter"], Look()),
        (["question_mark", "g", "escape"], Look()),
        (["n", "escape", "g"], Look(grouping="vendors")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.asyncio
async def test_what_keys_do(keys: list[str], look: Look, tmp_path: Path) -> None:
    async with driven(busy(tmp_path), 35) as (app, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        assert app.main.scene.look == look


@pytest.mark.asyncio
async def test_new_usage_comes_onto_the_screen(home: Home) -> None:
    async with driven(home, 3) as (app, pilot):
        assert "3 requests" in shown(app)
        home.write("2026-11-22T10:30:00.000Z")
        await arrived(app, pilot, 4)
        assert "4 requests" in shown(app)


def fits(app: Monitor, width: int) -> bool:
    """Whether nothing is wider than the screen."""
    pieces = [piece for row in app.main.stage.rows for piece in row]
    inside = all(piece.text.cell_len <= piece.width and piece.x + piece.width <= width for piece in pieces)
    return inside and app.main.stage.size.width == width


@pytest.mark.asyncio
async def test_the_screen_fits_whatever_size_it_gets(tmp_path: Path) -> None:
    async with driven(busy(tmp_path), 35) as (app, pilot):
        for width, height in ((240, 80), (60, 20), (104, 30), (40, 12), (24, 1), (80, 60), (80, 24)):
            await pilot.resize_terminal(width, height)
            for _ in range(500):
                if fits(app, width):
                    break
                await pilot.pause(0.02)
            assert fits(app, width), (width, height)
        assert "35 requests" in shown(app)


@pytest.mark.asyncio
async def test_only_lines_that_changed_are_drawn_again(tmp_path: Path) -> None:
    async with driven(busy(tmp_path), 35, size=(120, 40)) as (app, pilot):
        before = list(app.main.stage.rows)
        await pilot.press("down")
        changed = [y for y, row in enumerate(app.main.stage.rows) if row != before[y]]
        first = next(y for y, row in enumerate(before) if row and row[0].text.plain.startswith("claude"))
        assert changed == [first - 1, first]


@pytest.mark.asyncio
async def test_the_prompt_says_what_is_wrong_and_goes_on(home: Home) -> None:
    async with driven(home, 3) as (app, pilot):
        await pilot.press("colon", *"vendor vim", "enter")
        assert "! vendor 'vim' is not known; known: claude, all" in shown(app)
        await pilot.press("colon", *"sync", "enter")
        assert "! sync is off; `ai-usage sync status` says why" in shown(app)


@pytest.mark.asyncio
async def test_notes_can_be_read_in_full(home: Home) -> None:
    async with driven(home, 3) as (app, pilot):
        assert "mystery-9" in shown(app)
        await pilot.press("n")
        assert "mystery-9" in str(app.screen.query("Static").first().render())


@pytest.mark.asyncio
async def test_the_theme_changes_at_once(home: Home) -> None:
    async with driven(home, 3) as (app, pilot):
        await pilot.press("t")
        assert (app.main.scene.palette, app.current_theme.dark) == (LIGHT_PALETTE, False)


@pytest.mark.asyncio
async def test_hostile_names_are_harmless(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write("2026-11-22T08:00:00.000Z", model="[red]\x1b[31mevil", cwd="/home/ada/\x1b]0;owned\x07")
    async with driven(home, 1) as (app, pilot):
        for key in "gggg":
            await pilot.press(key)
            assert "\x1b" not in shown(app)
        await pilot.press("g", "n")
        assert "\x1b" not in str(app.screen.query("Static").first().render())


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        pytest.param(Outcome(Integrity.CHECKED), "✓ Integrity Checked", id="checked"),
        pytest.param(Outcome(Integrity.FAILED, ("laptop",)), "✗ Integrity Failed (laptop)", id="failed"),
        pytest.param(Outcome(Integrity.PENDING), "… Integrity Pending", id="pending"),
    ],
)
@pytest.mark.asyncio
async def test_the_prompt_line_shows_integrity(home: Home, outcome: Outcome, said: str) -> None:
    work = Work(lambda _step: outcome, lambda _step: outcome)
    async with driven(home, 3, sync=(work, SyncState(enabled=True))) as (app, pilot):
        await pilot.press("colon", *"sync", "enter")
        for _ in range(500):
            if said in shown(app):
                break
            await pilot.pause(0.02)
        assert said in shown(app)
        assert "synchronised" in shown(app)


@pytest.mark.asyncio
async def test_what_update_finds_is_said_and_a_new_version_restarts(home: Home) -> None:
    def managed() -> str | None:
        raise UpdateError("ai-usage comes from pipx; to upgrade it, run: pipx upgrade ai-usage")

    for update, said in ((managed, "pipx upgrade ai-usage"), (lambda: None, "this is the newest release")):
        async with driven(home, 3, size=(120, 24), update=update) as (app, pilot):
            await pilot.press("colon", *"update", "enter")
            for _ in range(500):
                if said in shown(app):
                    break
                await pilot.pause(0.02)
            assert said in shown(app)
    async with driven(home, 3, update=lambda: "9.9.9") as (app, pilot):
        await pilot.press("colon", *"update", "enter")
        for _ in range(500):
            if app.return_value is not None:
                break
            await pilot.pause(0.02)
        assert app.return_value is True


@pytest.mark.asyncio
async def test_with_auto_update_a_newer_release_is_looked_for_unasked(home: Home) -> None:
    async with driven(home, 3, update=lambda: "9.9.9", auto_update=True) as (app, pilot):
        for _ in range(500):
            if app.return_value is not None:
                break
            await pilot.pause(0.04)
        assert app.return_value is True


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (["q"], 0),
        (["ctrl+c"], 130),
        (["question_mark", "ctrl+c"], 130),
        (["colon", *"da", "ctrl+c"], 130),
        (["ctrl+p", *"da", "ctrl+c"], 130),
        (["colon", *"quit", "enter"], 0),
    ],
)
@pytest.mark.asyncio
async def test_ways_to_leave(home: Home, keys: list[str], code: int) -> None:
    async with driven(home, 3) as (app, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        assert app.return_code == code


@pytest.mark.asyncio
async def test_every_command_of_the_palette_can_be_run(home: Home) -> None:
    async with driven(home, 3) as (app, pilot):
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {"The last 30 days", "Next host", "lanes", "Quit"} <= titles
        await pilot.press("ctrl+p")
        await pilot.pause(0.1)
        await pilot.press(*"365", "enter")
        await pilot.pause(0.3)
        assert app.main.scene.look.span == Span(365)


def test_eventually_gives_up_on_nothing() -> None:
    assert eventually(lambda: Told("there")) == Told("there")
