"""The screen: what is looked at, what comes from the threads, and what keys and typed words do to it."""

import gc
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from ai_usage.errors import UsageError
from ai_usage.monitor.crew import Crew
from ai_usage.monitor.events import Event, Told
from ai_usage.monitor.history import History
from ai_usage.monitor.keys import EVERYWHERE, KEYS
from ai_usage.monitor.layout import most_points
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import DARK_PALETTE, LIGHT_PALETTE, Palette
from ai_usage.monitor.picture import picture_of
from ai_usage.monitor.scene import Scene
from ai_usage.monitor.stage import Stage
from ai_usage.monitor.turns import TURNS, Moment, into
from ai_usage.monitor.words import Facts, obey
from ai_usage.monitor.world import World
from ai_usage.usage.window import local_date

if TYPE_CHECKING:
    from textual.widgets import Input

TELL_S: Final = 8.0
"""How long an answer stays."""
_TICK_S: Final = 5.0


class Arrived(Message):
    """Something came from a thread."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class MonitorScreen(Screen[None]):
    """Shows usage under a look that keys and words change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority the prompt has the focus before the next key is looked at, however fast someone types.
        Binding(key.keys, key.action, key.meaning, show=False, priority=key.action == "prompt")
        for key in KEYS
        if key.keys not in EVERYWHERE
    ]

    def __init__(self, world: World, crew: Crew, look: Look, palette: Palette, *, colour: bool) -> None:
        """Prepare.

        Args:
            world: the outside.
            crew: the threads that read.
            look: what to look at first.
            palette: the colours.
            colour: whether the terminal has any.
        """
        super().__init__(id="_default")
        self.scene = Scene(look, palette)
        self._world = world
        self._crew = crew
        self.stage = Stage(colour=colour)
        self._told_at = 0.0
        self._before: list[Look] = []
        self._history = History()

    def compose(self) -> Iterable[Widget]:
        """Give the one widget that always stands."""
        return [self.stage]

    def on_mount(self) -> None:
        """Take what the threads have already, and all that comes."""
        for event in self._crew.mailbox.attach(self._deliver):
            self._take(event)
        self._draw()
        self.set_interval(_TICK_S, self._draw_frame)  # answers go, and what was just now is a minute ago
        self.call_after_refresh(self._go_on)

    def _go_on(self) -> None:
        """Let everything run that the first picture did not need."""
        self._crew.go_on()
        if not gc.isenabled():  # held back for the start
            gc.freeze()  # what is there now stays, and need not be looked at again
            gc.enable()

    # What comes from outside

    def _deliver(self, event: Event) -> None:
        self.post_message(Arrived(event))

    def on_arrived(self, message: Arrived) -> None:
        """Take an event, and draw."""
        self._take(message.event)
        self._draw()

    def _take(self, event: Event) -> None:
        self.scene = self.scene.taking(event)
        if isinstance(event, Told):
            self._told_at = time.monotonic()

    def on_resize(self, _event: Resize) -> None:
        """Divide the screen anew."""
        self.scene = self.scene._replace(picture=None)
        self._draw()

    def say(self, text: str, *, bad: bool = False) -> None:
        """Tell the person something, for a while."""
        self._take(Told(text, bad))
        self._draw_frame()

    # Drawing

    def _draw(self) -> None:
        """Show everything as it is now."""
        size, scene = self.app.size, self.scene
        if scene.snapshot is not None and scene.picture is None:
            points = most_points(size.width, size.height)
            picture = picture_of(scene.snapshot, scene.look, self._world.now(), points)
            self.scene = scene = scene._replace(picture=picture)
        self.stage.draw(scene, size)
        self._draw_frame()

    def _draw_frame(self) -> None:
        """Show header and footer."""
        if self.scene.told is not None and time.monotonic() - self._told_at > TELL_S:
            self.scene = self.scene._replace(told=None)
        now, zone = self._world.now(), self._world.zone()
        typing = bool(self.query("Prompt"))
        self.stage.draw_frame(self.scene, self.app.size.width, now, zone, typing=typing)

    # Another look

    def look_at(self, look: Look, *, back: bool = False) -> None:
        """Look at something else; only another window has to be asked for.

        Args:
            look: the new one.
            back: whether Escape comes back to the present one.
        """
        before = self.scene.look
        if look == before:
            return
        if back:
            self._before.append(before)
        asked = look.span != before.span
        if asked:
            self._crew.feed.ask(look.span)
        self.scene = self.scene._replace(look=look)
        if asked and look == before._replace(span=look.span):
            self._draw_frame()  # the rest waits for the other window
        else:
            self.scene = self.scene._replace(picture=None)
            self._draw()

    def action_turn(self, what: str, steps: int = 1) -> None:
        """Take a step from this look to another one."""
        now, picture = self._world.now(), self.scene.picture
        compared = len(picture.hosts) if picture else 0
        moment = Moment(now, self._world.zone(), self.facts, compared)
        self.look_at(TURNS[what](self.scene.look, steps, moment))

    def action_cursor(self, steps: int) -> None:
        """Choose another row."""
        self.stage.move_cursor(steps)

    def action_narrow(self) -> None:
        """Look into the chosen row."""
        row = self.stage.table.chosen
        if row is not None:
            self.look_at(into(row, self.scene.look, self.facts().today), back=True)

    def action_widen(self) -> None:
        """Come back from the row that was looked into."""
        if self._before:
            self.look_at(self._before.pop())

    def action_theme(self) -> None:
        """Change between light and dark."""
        palette = LIGHT_PALETTE if self.scene.palette.dark else DARK_PALETTE
        self.scene = self.scene._replace(palette=palette)
        self.app.theme = palette.name
        self._draw()

    # The prompt, and dialogs

    def facts(self) -> Facts:
        """Return what words may name now."""
        today = local_date(self._world.now(), self._world.zone().rules)
        return self.scene.facts(self._world.sources, today)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # the library's
        """Let a colon be a colon where something is being typed."""
        return action != "prompt" or not self.query("Prompt")

    async def action_prompt(self) -> None:
        """Open the prompt."""
        from ai_usage.monitor.widgets.prompt import Prompt

        prompt = Prompt(self.facts, self._history)
        place = self.stage.prompt_place
        prompt.styles.offset = (place.x, place.y)
        prompt.styles.width = place.width
        await self.mount(prompt)
        self.set_focus(prompt)
        self._draw_frame()

    async def on_input_submitted(self, event: "Input.Submitted") -> None:
        """Do what was typed."""
        self._history.add(event.value.strip())
        await self.on_prompt_closed()
        if event.value.strip():
            await self.obey(event.value)

    async def on_prompt_closed(self) -> None:
        """Close the prompt."""
        await self.query("Prompt").remove()
        self._draw_frame()

    async def obey(self, line: str) -> None:
        """Do what a line of the prompt says, or say what is wrong with it."""
        try:
            meant = obey(line, self.scene.look, self.facts())
        except UsageError as error:
            self.say(str(error), bad=True)
            return
        if isinstance(meant, Look):
            self.look_at(meant, back=True)
        else:
            await self.app.run_action(meant.action, self)

    def action_help(self) -> None:
        """Show keys and words."""
        from ai_usage.monitor.widgets.dialog import help_dialog

        self.app.push_screen(help_dialog(self.scene.palette, self.app.size.width))

    def action_notes(self) -> None:
        """Show all notes."""
        from ai_usage.monitor.widgets.dialog import notes_dialog

        picture = self.scene.picture
        self.app.push_screen(notes_dialog(picture.notes if picture else (), self.scene.palette))
