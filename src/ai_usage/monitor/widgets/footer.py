"""The last two lines: what there is to say, or a line to type commands into; and the keys."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from ai_usage.monitor.events import Intake, Integrity, SyncState, Told
from ai_usage.monitor.keys import KEYS, Key
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.widgets.header import ago
from ai_usage.monitor.widgets.lines import apart
from ai_usage.render.harmless import harmless


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
        room = width - right.cell_len - len(notes[0]) - 5
        more = f"(1 of {len(notes)}, n for all) " if len(notes) > 1 else "(n for more) " if room < 0 else ""
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


def key_line(palette: Palette, width: int) -> Text:
    """Write the keys, as many as there is room for."""
    line = Text()
    for key, _ in _placed_keys(width):
        line.append(f" {key.shown}", palette.key).append(f" {key.short} ", palette.drawing.faint)
    return line


def key_at(x: int, width: int) -> Key | None:
    """Return the key that stands at a place in a line so wide, if any."""
    return next((key for key, end in _placed_keys(width) if x < end), None)


def _placed_keys(width: int) -> Iterator[tuple[Key, int]]:
    """Yield the keys that have room, each with the place after it."""
    end = 0
    for key in KEYS:
        if key.short:
            end += len(key.shown) + len(key.short) + 3
            if end > width:
                return
            yield key, end
