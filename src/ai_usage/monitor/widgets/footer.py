"""The last two lines: the status or the prompt, and the keys."""

from collections.abc import Iterator

from rich.text import Text

from ai_usage.monitor.events import Integrity, SyncState
from ai_usage.monitor.keys import KEYS, Key
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.scene import Scene
from ai_usage.monitor.troubles import troubles
from ai_usage.monitor.widgets.header import ago
from ai_usage.monitor.widgets.lines import apart
from ai_usage.render import figures
from ai_usage.render.harmless import harmless

_AGO = 15
"""Cells for a time such as "5 min ago"."""


def status_line(scene: Scene, now: int, width: int) -> Text:
    """Write the status: the latest message, else a problem, else the first note; integrity at the right.

    If the text does not fit, the line names the key that shows all of it.
    """
    palette = scene.palette
    right = _integrity(scene.sync, now, palette, width // 2)
    wrong = list(troubles(scene.intake, scene.figures, scene.sync))
    notes = scene.picture.notes if scene.picture else ()
    if scene.told is not None:
        left = Text(f" {'! ' if scene.told.bad else ''}{harmless(scene.told.text)}")
        left.stylize(palette.bad if scene.told.bad else "")
        more = 0
    elif wrong:
        left = Text(f" ! {harmless(wrong[0].text)}", palette.bad)
        more = len(wrong) - 1 + len(notes)
    elif notes:
        left = Text.assemble((" ⚠ ", palette.drawing.warning), harmless(notes[0]))
        more = len(notes) - 1
    else:
        return apart(Text(" : for commands, ? for help", palette.drawing.faint), right, width - 1)
    room = width - 1 - right.cell_len - (1 if right else 0)
    if more or left.cell_len > room:
        key = Text.assemble(" ", ("n", palette.key), f": {more} more" if more else ": all of it")
        left.truncate(max(room - key.cell_len, 0), overflow="ellipsis")
        left.append_text(key)
    return apart(left, right, width - 1)


def _integrity(sync: SyncState, now: int, palette: Palette, room: int) -> Text:
    if sync.integrity is None or not sync.enabled:
        return Text()
    match sync.integrity:
        case Integrity.CHECKED:
            text = Text(f"✓ {sync.integrity}", palette.good)
        case Integrity.FAILED:
            names = harmless(", ".join(sync.failed))
            if len(names) > room - len(sync.integrity) - 4:
                names = figures.counted(len(sync.failed), "machine")
            text = Text(f"✗ {sync.integrity} ({names})", palette.bad)
        case Integrity.PENDING:
            text = Text(f"… {sync.integrity}", palette.drawing.warning)
    if sync.last_success is not None and text.cell_len + _AGO <= room:
        text = Text.assemble(text, (f" {ago(now - sync.last_success)}", palette.drawing.faint))
    return text


def key_line(palette: Palette, width: int) -> Text:
    """Write the keys, as many as fit."""
    line = Text()
    for key, _ in _placed_keys(width):
        line.append(f" {key.shown}", palette.key).append(f" {key.short} ", palette.drawing.faint)
    return line


def key_at(x: int, width: int) -> Key | None:
    """Return the key at a position in a line of this width, None without one."""
    return next((key for key, end in _placed_keys(width) if x < end), None)


def _placed_keys(width: int) -> Iterator[tuple[Key, int]]:
    """Yield the keys that fit, each with the position after it."""
    end = 0
    for key in KEYS:
        if key.short:
            end += len(key.shown) + len(key.short) + 3
            if end > width:
                return
            yield key, end
