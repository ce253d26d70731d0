"""The view: a screen that receives events from the threads, and draws them with a look."""

import gc
import time
from collections.abc import Iterable
from typing import Final

from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from ai_usage.monitor.crew import Crew
from ai_usage.monitor.events import Event, Told
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.picture import picture_of
from ai_usage.monitor.scene import Scene
from ai_usage.monitor.stage import Stage
from ai_usage.monitor.world import World
from ai_usage.render.canvas import Colours

TELL_S: Final = 8.0
"""How long a message is shown."""
_TICK_S: Final = 5.0


class Arrived(Message):
    """An event from a thread."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class View(Screen[None]):
    """Shows scenes."""

    def __init__(self, world: World, crew: Crew, look: Look, palette: Palette, colours: Colours) -> None:
        """Prepare.

        Args:
            world: the environment.
            crew: the threads that read.
            look: the first look.
            palette: the colours.
            colours: the number of colours of the terminal.
        """
        super().__init__(id="_default")
        self.scene = Scene(look, palette)
        self._world = world
        self._crew = crew
        self.stage = Stage(colours)
        self._told_at = 0.0
        self._before: list[Look] = []
        self.typing = False
        """Whether the prompt covers the status line."""

    def compose(self) -> Iterable[Widget]:
        """Return the only widget."""
        return [self.stage]

    def on_mount(self) -> None:
        """Receive the events of the threads, earlier ones too."""
        for event in self._crew.mailbox.attach(self._deliver):
            self._take(event)
        self.draw()
        self.set_interval(_TICK_S, self.draw_frame)  # messages expire, and "now" becomes "1 min ago"
        self.call_after_refresh(self._go_on)

    def _go_on(self) -> None:
        """Start everything that the first picture does not need."""
        self._crew.go_on()
        if not gc.isenabled():  # disabled for the start
            gc.freeze()  # the present objects stay, and need not be collected
            gc.enable()

    # What comes from outside

    def _deliver(self, event: Event) -> None:
        self.post_message(Arrived(event))

    def on_arrived(self, message: Arrived) -> None:
        """Handle an event, and draw."""
        self._take(message.event)
        self.draw()

    def _take(self, event: Event) -> None:
        self.scene = self.scene.taking(event)
        if isinstance(event, Told):
            self._told_at = time.monotonic()

    def on_resize(self, _event: Resize) -> None:
        """Divide the screen again."""
        self.scene = self.scene._replace(picture=None)
        self.draw()

    def say(self, text: str, *, bad: bool = False) -> None:
        """Show a message for a while."""
        self._take(Told(text, bad))
        self.draw_frame()

    def hush(self) -> None:
        """Remove the latest message, since the person does something else."""
        if self.scene.told is not None:
            self.scene = self.scene._replace(told=None)
            self.draw_frame()

    # Drawing

    def draw(self) -> None:
        """Show everything as it is now."""
        size, scene = self.app.size, self.scene
        if scene.snapshot is not None and scene.picture is None:
            points = self.stage.most_points(scene, size)
            picture = picture_of(scene.snapshot, scene.look, self._world.now(), points)
            self.scene = scene = scene._replace(picture=picture)
        self.stage.draw(scene, size)
        self.draw_frame()

    def draw_frame(self) -> None:
        """Show header and footer."""
        if self.scene.told is not None and time.monotonic() - self._told_at > TELL_S:
            self.scene = self.scene._replace(told=None)
        now, zone = self._world.now(), self._world.zone()
        self.stage.draw_frame(self.scene, self.app.size.width, now, zone, typing=self.typing)

    # Another look

    def look_at(self, look: Look, *, back: bool = False) -> None:
        """Show another look; only another window needs new usage.

        Args:
            look: the new look.
            back: whether Escape returns to the present look.
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
            self.draw_frame()  # the rest waits for the other window
        else:
            self.scene = self.scene._replace(picture=None)
            self.draw()

    def look_back(self) -> None:
        """Show the previous look."""
        if self._before:
            self.look_at(self._before.pop())
