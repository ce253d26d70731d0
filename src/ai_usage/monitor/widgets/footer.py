"""The last two lines: what there is to say, or a line to type commands into; and the keys."""

from collections.abc import Sequence

from rich.text import Text
from textual import events

from ai_usage.monitor.events import Intake, Integrity, SyncState, Told
from ai_usage.monitor.keys import KEYS, Key
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.widgets.header import ago
from ai_usage.monitor.widgets.lines import Lines, apart
from ai_usage.render.harmless import harmless


class StatusLine(Lines):
    """What there is to say."""


def status_line(
    told: Told | None,
    intake: Intake,
    sync: SyncState,
    notes: Sequence[str],
    now: int,
    palette: Palette,
    width: int,
) -> Text:
    """Write the line: the latest answer, else what is wrong, else the first note; integrity at its right."""
    right = _integrity(sync, now, palette)
    if told is not None:
        left = Text(f" {'! ' if told.bad else ''}{harmless(told.text)}", palette.bad if told.bad else "")
    elif intake.problem:
        left = Text(f" ! {harmless(intake.problem)}", palette.bad)
    elif sync.error:
        left = Text(f" ! sync: {harmless(sync.error)}", palette.bad)
    elif notes:
        more = f"(1 of {len(notes)}, n for all) " if len(notes) > 1 else ""
        left = Text.assemble((" ⚠ ", palette.drawing.warning), more, harmless(notes[0]))
    else:
        left = Text(" : for commands, ? for help", palette.drawing.faint)
    return apart(left, right, width - 1)


def _integrity(sync: SyncState, now: int, palette: Palette) -> Text:
    if sync.integrity is None or not sync.enabled:
        return Text()
    match sync.integrity:
        case Integrity.CHECKED:
            text = Text(f"✓ {sync.integrity}", palette.good)
        case Integrity.FAILED:
            text = Text(f"✗ {sync.integrity} ({harmless(', '.join(sync.failed))})", palette.bad)
        case Integrity.PENDING:
            text = Text(f"… {sync.integrity}", palette.drawing.warning)
    if sync.last_success is not None:
        text = Text.assemble(text, (f" {ago(now - sync.last_success)}", palette.drawing.faint))
    return text


class KeyBar(Lines):
    """The keys, as many as there is room for; a click does what the key does."""

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, Key]] = []

    def draw(self, palette: Palette, width: int) -> None:
        """Write the keys."""
        line = Text()
        self._places = []
        for key in KEYS:
            if not key.short:
                continue
            begin = line.cell_len
            if begin + len(key.shown) + len(key.short) + 3 > width:
                break
            line.append(f" {key.shown}", palette.key).append(f" {key.short} ", palette.drawing.faint)
            self._places.append((begin, line.cell_len, key))
        self.show([line])

    async def on_click(self, event: events.Click) -> None:
        """Do what the key does."""
        for begin, end, key in self._places:
            if begin <= event.x < end:
                await self.app.run_action(key.action, self.screen)
