"""The screen: its parts, its keys, and what happens when a snapshot, a key or a command comes."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen
from textual.theme import Theme
from textual.widget import Widget

from ai_usage.errors import AiUsageError, UsageError
from ai_usage.monitor.crew import Crew
from ai_usage.monitor.events import Event, Intake, Snapshot, SyncState, Told
from ai_usage.monitor.history import History
from ai_usage.monitor.hues import Hues
from ai_usage.monitor.keys import KEYS
from ai_usage.monitor.layout import Content, Plan, Rect, plan
from ai_usage.monitor.look import GROUPINGS, PANELS, SORTS, SPLITS, Look, following, next_filter
from ai_usage.monitor.palette import DARK_PALETTE, LIGHT_PALETTE, Palette
from ai_usage.monitor.picture import Picture, picture_of
from ai_usage.monitor.span import Span, between_days, described, moved, paged, zoomed
from ai_usage.monitor.widgets.footer import KeyBar, StatusLine, status_line
from ai_usage.monitor.widgets.header import Header, freshness, header_lines
from ai_usage.monitor.widgets.panels import (
    Days,
    Hosts,
    Projects,
    TimeChart,
    day_lines,
    host_lines,
    project_lines,
    time_lines,
)
from ai_usage.monitor.widgets.table import UsageTable
from ai_usage.monitor.words import WORDS, Facts, Order, obey
from ai_usage.monitor.world import World
from ai_usage.render.canvas import Canvas
from ai_usage.render.chart import most_points
from ai_usage.report.document import Row
from ai_usage.usage.window import local_date

if TYPE_CHECKING:
    from textual.widgets import Input

TELL_S: Final = 8.0
"""How long an answer stays."""
_TICK_S: Final = 5.0
_FIRST_UPDATE_S: Final = 5.0
_UPDATE_EVERY_S: Final = 24 * 3600.0
_TERMINAL_GONE: Final = 129
"""As a shell reports a program that SIGHUP ended."""
_CSS: Final = """
Screen { background: $background; color: $foreground; }
Lines, Prompt { position: absolute; }
Header, StatusLine, Prompt { background: $surface; }
"""


class Arrived(Message):
    """Something came from a thread."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class MonitorScreen(Screen[None]):
    """The screen with its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.keys, f"app.{key.action}", key.meaning, show=False)
        for key in KEYS
        if key.action != "prompt"
    ]


class Monitor(App[bool]):
    """Usage, live."""

    CSS = _CSS
    TITLE = "ai-usage"
    ENABLE_COMMAND_PALETTE = True
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority the prompt has the focus before the next key is looked at, however fast someone types.
        Binding(key.keys, key.action, key.meaning, show=False, priority=True)
        for key in KEYS
        if key.action == "prompt"
    ]

    def __init__(
        self,
        world: World,
        crew: Crew,
        look: Look,
        palette: Palette,
        *,
        colour: bool = True,
        update: Callable[[], str | None] | None = None,
        auto_update: bool = False,
    ) -> None:
        """Prepare.

        Args:
            world: the outside.
            crew: the threads that read; started by whoever runs the screen.
            look: what to look at first.
            palette: the colours.
            colour: whether the terminal has any.
            update: installs a newer release and returns its version; the screen's result is then true.
            auto_update: whether to do so unasked, once a day.
        """
        super().__init__()
        self.look = look
        self._world = world
        self._crew = crew
        self._update = update
        self._auto_update = auto_update
        self.palette = palette
        self._colour = colour
        self._snapshot: Snapshot | None = None
        self.picture: Picture | None = None
        self._intake = Intake()
        self._sync = SyncState()
        self._told: Told | None = None
        self._told_at = 0.0
        self._plan = Plan()
        self._extent = Size(80, 24)
        self._in_terminal = False
        self._before: list[Look] = []
        self._history = History()
        self._hues = Hues()
        for each in (DARK_PALETTE, LIGHT_PALETTE):
            self.register_theme(_theme(each))
        self.theme = palette.name

    # The parts of the screen

    def get_default_screen(self) -> Screen[None]:
        """Make the screen that has our keys."""
        return MonitorScreen(id="_default")

    def compose(self) -> ComposeResult:
        """Make the parts, from top to bottom."""
        yield Header(id="header")
        yield UsageTable(id="table")
        yield TimeChart(id="time")
        yield Days(id="days")
        yield Hosts(id="hosts")
        yield Projects(id="projects")
        yield StatusLine(id="status")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Take what the threads have already, and all that comes."""
        self._extent = self.size
        self._in_terminal = os.isatty(0)
        self._listen_to_signals()
        for event in self._crew.mailbox.attach(self._deliver):
            self._take(event)
        self._draw()
        self.set_interval(_TICK_S, self._tick)
        self.call_after_refresh(self._crew.go_on)
        if self._auto_update:
            self.set_timer(_FIRST_UPDATE_S, self._look_for_update)
            self.set_interval(_UPDATE_EVERY_S, self._look_for_update)

    def _deliver(self, event: Event) -> None:
        self.post_message(Arrived(event))

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP", "SIGINT"):
            number = getattr(signal, name, None)
            if number is not None and os.name != "nt":
                loop.add_signal_handler(number, self._leave_for, number)

    def _leave_for(self, number: int) -> None:
        if self.return_value is None:  # the first signal counts
            self.exit(False, return_code=128 + number)

    # What comes from outside

    def on_arrived(self, message: Arrived) -> None:
        """Take an event, and draw."""
        self._take(message.event)
        self._draw()

    def _take(self, event: Event) -> None:
        match event:
            case Snapshot():
                self._snapshot = event
                self.picture = None
            case Intake():
                self._intake = event
            case SyncState():
                self._sync = event
            case Told():
                self._told, self._told_at = event, time.monotonic()

    def _tick(self) -> None:
        """Let time pass: answers go, and what was just now is a minute ago."""
        if self._in_terminal and not os.isatty(0):
            self.exit(False, return_code=_TERMINAL_GONE)  # it was closed, and no signal came to say so
            return
        self._draw_frame()

    def on_resize(self, event: Resize) -> None:
        """Divide the screen anew."""
        self._extent = event.size
        self.picture = None
        self._draw()

    # Drawing

    def _draw(self) -> None:
        """Show everything as it is now."""
        if not self._screen_stack:
            return
        width, height = self._extent
        snapshot = self._snapshot
        if snapshot is not None and self.picture is None:
            self.picture = picture_of(snapshot, self.look, self._world.now(), self._points(width))
        picture = self.picture
        content = Content()
        if picture is not None:
            rows = picture.overview.report.rows
            content = Content(len(rows), len(picture.days), len(picture.hosts), len(picture.projects))
        self._arrange(plan(width, height, content, self.look.panel))
        if picture is not None:
            self._draw_panels(picture, self._plan)
        self._draw_frame()

    def _points(self, width: int) -> int:
        """Return how many points the chart has room for, wherever it stands."""
        place = plan(width, max(self._extent.height, 24), Content(), "time").time
        return most_points(max(place.width - 2, 1))

    def _arrange(self, division: Plan) -> None:
        """Put every part to its place."""
        if division == self._plan:
            return
        self._plan = division
        for name, place in division._asdict().items():
            put(self._main().query_one(f"#{name}"), place)

    def _draw_panels(self, picture: Picture, division: Plan) -> None:
        screen = self._main()
        table = division.table
        if table:
            report = picture.overview.report
            screen.query_one(UsageTable).draw(report, self._canvas(table), table.height, self.palette)
        if place := division.time:
            hues = self._hues.of(picture.overview.series)
            screen.query_one(TimeChart).show(time_lines(picture, self._canvas(place), place.height, hues))
        if place := division.days:
            lines = day_lines(picture, self._canvas(place), place.height, self.palette)
            screen.query_one(Days).show(lines)
        if place := division.hosts:
            lines = host_lines(picture, self._sync, self._canvas(place), place.height, self.palette)
            screen.query_one(Hosts).show(lines)
        if place := division.projects:
            lines = project_lines(picture, self._canvas(place), place.height, self.palette)
            screen.query_one(Projects).show(lines)

    def _draw_frame(self) -> None:
        """Show header and footer."""
        if not self._screen_stack:
            return
        width, now = self._extent.width, self._world.now()
        if self._told is not None and time.monotonic() - self._told_at > TELL_S:
            self._told = None
        waiting = self._snapshot is None or self._snapshot.span != self.look.span
        fresh = freshness(self._intake, self._sync, now, self.palette, waiting=waiting)
        window = described(self.look.span, now, self._world.zone())
        screen = self._main()
        screen.query_one(Header).show(
            header_lines(window, self.picture, self.look.filters, fresh, self.palette, width)
        )
        notes = self.picture.notes if self.picture else ()
        line = Text(" :", self.palette.key)
        if not screen.query("Prompt"):
            line = status_line(self._told, self._intake, self._sync, notes, now, self.palette, width)
        screen.query_one(StatusLine).show([line])
        screen.query_one(KeyBar).draw(self.palette, width)

    def _canvas(self, place: Rect) -> Canvas:
        """Return what can be drawn on at a place, without the cell that stays empty at each side."""
        return Canvas(
            max(place.width - 2, 1), self.palette.drawing, self._colour, patterns=self.look.patterns
        )

    def _main(self) -> Screen[object]:
        return self._screen_stack[0]

    # Another look

    def look_at(self, look: Look, *, back: bool = False) -> None:
        """Look at something else; only another window has to be asked for.

        Args:
            look: the new one.
            back: whether Escape comes back to the present one.
        """
        if look == self.look:
            return
        if back:
            self._before.append(self.look)
        if look.span != self.look.span:
            self._crew.feed.ask(look.span)
        self.look = look
        self.picture = None
        self._draw()

    def _at(self, span: Span) -> None:
        self.look_at(self.look._replace(span=span))

    def action_days(self, count: int) -> None:
        """Look at the last days."""
        self._at(Span(count))

    def action_move(self, days: int) -> None:
        """Move the window by days."""
        self._at(moved(self.look.span, days, self._world.now(), self._world.zone()))

    def action_page(self, pages: int) -> None:
        """Move the window by its length."""
        self._at(paged(self.look.span, pages, self._world.now(), self._world.zone()))

    def action_zoom(self, closer: bool) -> None:
        """Look at fewer days, or more."""
        self._at(zoomed(self.look.span, self._world.now(), self._world.zone(), closer=closer))

    def action_latest(self) -> None:
        """Come back to now."""
        self._at(Span(self.look.span.days))

    def action_vendor(self, steps: int) -> None:
        """Look at the next vendor alone, or at all."""
        filters = self.look.filters
        vendor = next_filter(filters.vendor, self.facts().vendors, steps)
        self.look_at(self.look._replace(filters=filters._replace(vendor=vendor)))

    def action_host(self, steps: int) -> None:
        """Look at the next machine alone, or at all."""
        filters = self.look.filters
        host = next_filter(filters.host, self.facts().hosts, steps)
        self.look_at(self.look._replace(filters=filters._replace(host=host)))

    def action_group(self, steps: int) -> None:
        """Group the rows by something else."""
        self.look_at(self.look._replace(grouping=following(self.look.grouping, GROUPINGS, steps)))

    def action_sort(self, steps: int) -> None:
        """Order the rows by something else."""
        self.look_at(self.look._replace(sort=following(self.look.sort, SORTS, steps)))

    def action_measure(self) -> None:
        """Chart cost or tokens."""
        self.look_at(self.look._replace(measure="tokens" if self.look.measure == "cost" else "cost"))

    def action_split(self) -> None:
        """Chart other series."""
        self.look_at(self.look._replace(split=following(self.look.split, SPLITS)))

    def action_style(self) -> None:
        """Chart columns or lines."""
        self.look_at(self.look._replace(style="lines" if self.look.style == "columns" else "columns"))

    def action_patterns(self) -> None:
        """Tell the parts of the chart apart by pattern, or by colour."""
        self.look_at(self.look._replace(patterns=not self.look.patterns))

    def action_panel(self) -> None:
        """Show another panel where there is room for one."""
        hosts = len(self.picture.hosts) if self.picture else 0
        panels = PANELS if hosts > 1 else PANELS[:2]
        self.look_at(self.look._replace(panel=following(self.look.panel, panels)))

    def action_cursor(self, steps: int) -> None:
        """Choose another row."""
        self._main().query_one(UsageTable).move_cursor(steps)

    def action_narrow(self) -> None:
        """Look into the chosen row."""
        row = self._main().query_one(UsageTable).chosen
        if row is not None:
            self.look_at(
                _into(row, self.look, local_date(self._world.now(), self._world.zone().rules)), back=True
            )

    def action_widen(self) -> None:
        """Come back from the row that was looked into."""
        if self._before:
            self.look_at(self._before.pop())

    # The prompt

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # the library's
        """Let a colon be a colon where something is being typed, or a dialog is open."""
        return action != "prompt" or (self.screen is self._main() and not self._main().query("Prompt"))

    async def action_prompt(self) -> None:
        """Open the prompt."""
        from ai_usage.monitor.widgets.prompt import Prompt

        screen = self._main()
        prompt = Prompt(self.facts, self._history)
        place = self._plan.status
        put(prompt, place._replace(x=place.x + 2, width=place.width - 2))
        await screen.mount(prompt)
        screen.set_focus(prompt)
        self._draw_frame()

    async def on_input_submitted(self, event: "Input.Submitted") -> None:
        """Do what was typed."""
        self._history.add(event.value.strip())
        await self._close_prompt()
        if event.value.strip():
            self.obey(event.value)

    async def on_prompt_closed(self) -> None:
        """Close the prompt."""
        await self._close_prompt()

    async def _close_prompt(self) -> None:
        await self._main().query("Prompt").remove()
        self._draw_frame()

    def obey(self, line: str) -> None:
        """Do what a line of the prompt says, or say what is wrong with it."""
        try:
            meant = obey(line, self.look, self.facts())
        except UsageError as error:
            self._say(str(error), bad=True)
            return
        if isinstance(meant, Look):
            self.look_at(meant, back=True)
        else:
            self._carry_out(meant)

    def _carry_out(self, order: Order) -> None:
        match order:
            case Order.REFRESH:
                self.action_refresh()
            case Order.SYNC:
                self._ask_sync("sync")
            case Order.VERIFY:
                self._ask_sync("verify")
            case Order.UPDATE:
                self._look_for_update()
            case Order.NOTES:
                self.action_notes()
            case Order.THEME:
                self.action_theme()
            case Order.HELP:
                self.action_help()
            case Order.QUIT:
                self.action_leave()

    def facts(self) -> Facts:
        """Return what words may name now."""
        today = local_date(self._world.now(), self._world.zone().rules)
        if self._snapshot is None:
            return Facts(today)
        usage, name = self._snapshot.usage, self._snapshot.catalog.display_name
        cells = usage.cells[len(usage.hosts) == 1]
        return Facts(
            today,
            [
                source.name
                for source in self._world.sources
                if any(cell.vendor == source.name for cell in cells)
            ]
            + sorted({cell.vendor for cell in cells} - {source.name for source in self._world.sources}),
            usage.hosts,
            sorted({name(cell.model) for cell in cells}),
            sorted({cell.project for cell in cells if cell.project}),
        )

    # Orders

    def _say(self, text: str, *, bad: bool = False) -> None:
        self._told, self._told_at = Told(text, bad), time.monotonic()
        self._draw_frame()

    def _ask_sync(self, what: str) -> None:
        if self._crew.syncing is None:
            self._say("sync is off; `ai-usage sync status` says why", bad=True)
        else:
            self._crew.syncing.ask(what)

    def _look_for_update(self) -> None:
        if self._update is None:
            self._say("run: ai-usage update")
            return
        self._say("looking for a newer release …")
        self.run_worker(self._update_in_thread, thread=True, exit_on_error=False)

    def _update_in_thread(self) -> None:
        assert self._update is not None
        try:
            version = self._update()
        except AiUsageError as error:
            self._crew.mailbox.post(Told(str(error), bad=True))
            return
        if version is None:
            self._crew.mailbox.post(Told("this is the newest release"))
        else:
            self.call_from_thread(self.exit, True)

    def action_refresh(self) -> None:
        """Look for new lines now."""
        self._crew.refresh()
        self._say("looking for new log lines")

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.palette = LIGHT_PALETTE if self.palette.dark else DARK_PALETTE
        self.theme = self.palette.name
        self._draw()

    def action_help(self) -> None:
        """Show keys and words."""
        if self.screen is self._main():
            from ai_usage.monitor.widgets.dialog import help_dialog

            self.push_screen(help_dialog(self.palette))

    def action_notes(self) -> None:
        """Show all notes."""
        if self.screen is self._main():
            from ai_usage.monitor.widgets.dialog import notes_dialog

            self.push_screen(notes_dialog(self.picture.notes if self.picture else (), self.palette))

    def action_leave(self) -> None:
        """Leave."""
        self.exit(False, return_code=0)

    def action_interrupt(self) -> None:
        """Leave as an interrupted program does."""
        self.exit(False, return_code=130)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002  # the library's
        """Offer keys and words in the command palette."""
        for key in KEYS:
            if not key.action.startswith(("cursor", "prompt")):
                yield SystemCommand(key.meaning.capitalize(), f"key {key.shown}", self._runs(key.action))
        for name, word in WORDS.items():
            if not word.arguments and name not in set(Order):
                yield SystemCommand(name, word.help, lambda line=name: self.obey(line))

    def _runs(self, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(self.run_action, action)

        return run


def put(part: Widget, place: Rect) -> None:
    """Put a part of the screen to its place, or hide it where it has none."""
    part.display = bool(place)
    part.styles.offset = (place.x, place.y)
    part.styles.width = place.width
    part.styles.height = place.height


def _into(row: Row, look: Look, today: date) -> Look:
    """Return the look at what one row is made of."""
    filters = look.filters
    match look.grouping:
        case "models":
            narrowed = filters._replace(vendor=(row.keys[0] or "",), model=(row.keys[1] or "",))
            return look._replace(filters=narrowed, grouping="projects")
        case "vendors":
            return look._replace(filters=filters._replace(vendor=(row.keys[0] or "",)), grouping="models")
        case "hosts":
            return look._replace(filters=filters._replace(host=(row.keys[0] or "",)), grouping="models")
        case "projects":
            if row.keys[0] is None:
                return look
            return look._replace(filters=filters._replace(project=(row.keys[0],)), grouping="models")
        case "daily":
            day = date.fromisoformat(row.keys[0] or "")
            return look._replace(span=between_days(day, day, today), grouping="models")
        case _:
            return look


def _theme(palette: Palette) -> Theme:
    return Theme(
        name=palette.name,
        dark=palette.dark,
        background=palette.ground,
        foreground=palette.text,
        surface=palette.raised,
        panel=palette.raised,
        primary=palette.accent,
        secondary=palette.accent,
        accent=palette.accent,
        success=palette.good,
        warning=palette.drawing.warning,
        error=palette.bad,
    )
