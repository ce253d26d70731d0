"""The screen: keys and typed commands change the look."""

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from ai_usage.errors import UsageError
from ai_usage.monitor.crew import Crew
from ai_usage.monitor.history import History
from ai_usage.monitor.keys import EVERYWHERE, KEYS
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import DARK_PALETTE, LIGHT_PALETTE, Palette
from ai_usage.monitor.turns import TURNS, Moment, into
from ai_usage.monitor.view import View
from ai_usage.monitor.words import Facts, obey
from ai_usage.monitor.world import World
from ai_usage.render.canvas import Colours
from ai_usage.usage.window import local_date

if TYPE_CHECKING:
    from textual.widgets import Input


class MonitorScreen(View):
    """Shows usage, with a look that keys and commands change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority the prompt gets the focus before the next key is handled, however fast the person types.
        Binding(key.keys, key.action, key.meaning, show=False, priority=key.action == "prompt")
        for key in KEYS
        if key.keys not in EVERYWHERE
    ]

    def __init__(self, world: World, crew: Crew, look: Look, palette: Palette, colours: Colours) -> None:
        """Prepare; see `View`."""
        super().__init__(world, crew, look, palette, colours)
        self._history = History()

    def action_turn(self, what: str, steps: int = 1) -> None:
        """Change the look by a step."""
        self.hush()
        self._take_up(TURNS[what](self.scene.look, steps, self._moment()))

    def _moment(self) -> Moment:
        picture = self.scene.picture
        compared = len(picture.hosts) if picture else 0
        return Moment(self._world.now(), self._world.zone(), self.facts, compared)

    def _take_up(self, look: Look, *, back: bool = False) -> None:
        """Show another look; tell the person if the picture cannot show the difference."""
        before = self.scene.look
        self.look_at(look, back=back)
        if (before.style, before.patterns) != (look.style, look.patterns):
            remark = self.stage.remark(self.scene, patterns=before.patterns != look.patterns)
            if remark:
                self.say(remark)

    def action_cursor(self, steps: int) -> None:
        """Choose another row."""
        self.stage.move_cursor(steps)

    def action_narrow(self) -> None:
        """Look into the chosen row."""
        self.hush()
        row, scene = self.stage.table.chosen, self.scene
        if row is not None and scene.snapshot is not None:
            self.look_at(into(row, scene.look, scene.snapshot.usage, self._moment()), back=True)

    def action_widen(self) -> None:
        """Go back to the look before."""
        self.hush()
        self.look_back()

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.hush()
        palette = LIGHT_PALETTE if self.scene.palette.dark else DARK_PALETTE
        self.scene = self.scene._replace(palette=palette)
        self.app.theme = palette.name
        self.draw()

    # The prompt, and dialogs

    def facts(self) -> Facts:
        """Return the names that commands may use now."""
        today = local_date(self._world.now(), self._world.zone().rules)
        return self.scene.facts(self._world.sources, today)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # the library's
        """Let the prompt's keys insert their characters while the person types."""
        return action != "prompt" or not self.typing

    async def action_prompt(self) -> None:
        """Open the prompt."""
        from ai_usage.monitor.widgets.prompt import Prompt

        self.typing = True
        prompt = Prompt(self.facts, self._history)
        place = self.stage.prompt_place
        prompt.styles.offset = (place.x, place.y)
        prompt.styles.width = place.width
        await self.mount(prompt)
        self.set_focus(prompt)
        self.draw_frame()

    async def on_input_submitted(self, event: "Input.Submitted") -> None:
        """Carry out the typed command."""
        self._history.add(event.value.strip())
        await self.on_prompt_closed()
        if event.value.strip():
            await self.obey(event.value)

    async def on_prompt_closed(self) -> None:
        """Close the prompt."""
        await self.query("Prompt").remove()
        self.typing = False
        self.draw_frame()

    async def obey(self, line: str) -> None:
        """Carry out a line of the prompt, or show what is wrong with it."""
        try:
            meant = obey(line, self.scene.look, self.facts())
        except UsageError as error:
            self.say(str(error), bad=True)
            return
        self.hush()
        if isinstance(meant, Look):
            self._take_up(meant, back=True)
        else:
            await self.app.run_action(meant.action, self)

    def action_help(self) -> None:
        """Show keys and commands."""
        from ai_usage.monitor.widgets.dialog import help_dialog

        self.app.push_screen(help_dialog(self.scene.palette, self.app.size.width))

    def action_notes(self) -> None:
        """Show all notes."""
        from ai_usage.monitor.widgets.dialog import notes_dialog

        self.app.push_screen(notes_dialog(self.scene))
