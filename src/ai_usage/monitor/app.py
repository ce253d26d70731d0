"""The application around the screen: signals, refresh, sync, updates, and exit."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar, Final

from rich.terminal_theme import TerminalTheme
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import Screen
from textual.theme import Theme

from ai_usage.errors import AiUsageError
from ai_usage.monitor.crew import Crew
from ai_usage.monitor.events import Told
from ai_usage.monitor.keys import EVERYWHERE, KEYS
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import DARK_PALETTE, LIGHT_PALETTE, Palette
from ai_usage.monitor.screen import MonitorScreen
from ai_usage.monitor.words import WORDS, Order
from ai_usage.monitor.world import World
from ai_usage.render.canvas import Colours

_TERMINAL_S: Final = 5.0
"""How often to check whether the terminal still exists."""
_FIRST_UPDATE_S: Final = 5.0
_UPDATE_EVERY_S: Final = 24 * 3600.0
_TERMINAL_GONE: Final = 129
"""The exit code that a shell reports for a program ended by SIGHUP."""
_CSS: Final = """
Screen { background: $background; color: $foreground; }
Prompt { position: absolute; background: $surface; }
CommandPalette > Vertical { max-width: 84; margin: 2 4; }
CommandPalette #--input { border: round $primary; background: $surface; }
CommandPalette #--input.--list-visible { border: round $primary; }
CommandPalette #--results { background: $surface; }
CommandPalette CommandList, CommandPalette CommandList:focus { border: none; background: $surface; }
CommandPalette SearchIcon { display: none; }
"""

_DARKER: Final = (
    (0, 0, 0),
    (170, 0, 0),
    (0, 170, 0),
    (170, 85, 0),
    (0, 0, 170),
    (170, 0, 170),
    (0, 170, 170),
    (170, 170, 170),
)
_BRIGHTER: Final = (
    (85, 85, 85),
    (255, 85, 85),
    (85, 255, 85),
    (255, 255, 85),
    (85, 85, 255),
    (255, 85, 255),
    (85, 255, 255),
    (255, 255, 255),
)
_ANSI: Final = TerminalTheme(_DARKER[0], _DARKER[7], list(_DARKER), list(_BRIGHTER))
"""The RGB values of the 16 colours; the library picks the nearest of the 16 to them, so each colour stays the same."""


class Monitor(App[bool]):
    """Usage, live."""

    CSS = _CSS
    TITLE = "ai-usage"
    ansi_theme_dark = Reactive(_ANSI, init=False)
    ansi_theme_light = Reactive(_ANSI, init=False)
    ENABLE_COMMAND_PALETTE = True
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority they also work in dialogs and while the person types.
        Binding(key.keys, key.action, key.meaning, show=False, priority=True)
        for key in KEYS
        if key.keys in EVERYWHERE
    ]

    def __init__(
        self,
        world: World,
        crew: Crew,
        look: Look,
        palette: Palette,
        *,
        colours: Colours = Colours.TRUE,
        update: Callable[[], str | None] | None = None,
        auto_update: bool = False,
    ) -> None:
        """Prepare.

        Args:
            world: the environment.
            crew: the threads that read; the caller starts them.
            look: the first view.
            palette: the colours.
            colours: the number of colours of the terminal.
            update: installs a newer release and returns its version; the program's result is then true.
            auto_update: whether to do so automatically, once a day.
        """
        super().__init__()
        self._crew = crew
        self._update = update
        self._auto_update = auto_update
        self.main = MonitorScreen(world, crew, look, palette, colours)
        """The main screen, below dialogs."""
        for each in (DARK_PALETTE, LIGHT_PALETTE):
            self.register_theme(_theme(each))
        self.theme = palette.name

    def get_default_screen(self) -> Screen[None]:
        """Return the screen below all others."""
        return self.main

    def on_mount(self) -> None:
        """Handle signals and a closed terminal, and look for updates if that is enabled."""
        self._listen_to_signals()
        if os.isatty(0):
            self.set_interval(_TERMINAL_S, self._look_at_terminal)
        if self._auto_update:
            self.set_timer(_FIRST_UPDATE_S, self.action_update)
            self.set_interval(_UPDATE_EVERY_S, self.action_update)

    # Leaving

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP", "SIGINT"):
            number = getattr(signal, name, None)
            if number is not None and os.name != "nt":
                loop.add_signal_handler(number, self._leave_for, number)

    def _leave_for(self, number: int) -> None:
        if self.return_value is None:  # the first signal counts
            self.exit(False, return_code=128 + number)

    def _look_at_terminal(self) -> None:
        if not os.isatty(0):  # it was closed without a signal
            self.exit(False, return_code=_TERMINAL_GONE)

    def action_leave(self) -> None:
        """Exit."""
        self.exit(False, return_code=0)

    def action_interrupt(self) -> None:
        """Exit with the code of an interrupted program."""
        self.exit(False, return_code=130)

    # Orders

    def action_refresh(self) -> None:
        """Look for new lines now."""
        self._crew.refresh()
        self.main.say("looking for new log lines")

    def action_sync(self, what: str) -> None:
        """Synchronise, or verify."""
        if self._crew.syncing is None:
            self.main.say("sync is off; `ai-usage sync status` says why", bad=True)
        else:
            self._crew.syncing.ask(what)

    def action_update(self) -> None:
        """Look for a newer release, install it, and restart with it."""
        if self._update is None:
            self.main.say("run: ai-usage update")
            return
        self.main.say("looking for a newer release …")
        self.run_worker(partial(self._update_in_thread, self._update), thread=True, exit_on_error=False)

    def _update_in_thread(self, update: Callable[[], str | None]) -> None:
        try:
            version = update()
        except AiUsageError as error:
            self._crew.mailbox.post(Told(str(error), bad=True))
            return
        if version is None:
            self._crew.mailbox.post(Told("this is the newest release"))
        else:
            self.call_from_thread(self.exit, True)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002  # the library's
        """Offer keys and commands in the command palette."""
        for key in KEYS:
            if not key.action.startswith(("cursor", "prompt")):
                run = partial(self.call_later, self.run_action, key.action, self.main)
                yield SystemCommand(key.meaning.capitalize(), f"key {key.shown}", run)
        for name, word in WORDS.items():
            if not word.arguments and name not in set(Order):
                yield SystemCommand(name, word.help, partial(self.call_later, self.main.obey, name))


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
