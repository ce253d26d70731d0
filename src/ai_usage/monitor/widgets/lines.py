"""Build lines: fit parts into a width, align right, draw rules and bars."""

from collections.abc import Sequence

from rich.text import Text

from ai_usage.render.stack import shared

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def fitted(parts: Sequence[Text], width: int, gap: Text) -> Text:
    """Join as many parts as fit, in the order of importance."""
    line = Text()
    for part in parts:
        if line.cell_len + part.cell_len + (gap.cell_len if line else 0) <= width:
            if line:
                line.append_text(gap)
            line.append_text(part)
    return line


def apart(left: Text, right: Text, width: int) -> Text:
    """Put one text to the left and one to the right; the left one is cut if they overlap."""
    room = width - right.cell_len - (1 if right else 0)
    cut = left.copy()
    cut.truncate(max(room, 0), overflow="ellipsis")
    return Text.assemble(cut, " " * max(width - cut.cell_len - right.cell_len, 0), right)


def ruled(title: Text, width: int, faint: str) -> Text:
    """Draw a rule after a title, up to the right edge."""
    cut = title.copy()
    cut.truncate(width, overflow="ellipsis")
    left = width - cut.cell_len - 1
    return Text.assemble(cut, (f" {'─' * left}", faint)) if left > 0 else cut


def split_bar(parts: Sequence[tuple[str, int]], highest: int, width: int) -> Text:
    """Draw a bar with coloured parts; the bar is exact to half a cell, each part to a cell.

    Args:
        parts: the colour and the amount of each part.
        highest: the amount of the full width.
        width: the width in cells.
    """
    text = Text(bar(sum(amount for _, amount in parts), highest, width))
    at = 0
    used = [(colour, amount) for colour, amount in parts if amount]
    cells = len(text.plain.rstrip())
    for (colour, _), share in zip(used, shared(cells, [amount for _, amount in used]), strict=True):
        text.stylize(colour, at, at + share)
        at += share
    return text


def bar(amount: int, highest: int, width: int) -> str:
    """Draw a bar, exact to half a cell; every positive amount is visible."""
    width = max(width, 0)
    halves = (amount * width * 2 + highest // 2) // highest if highest else 0
    if amount and not halves:
        halves = 1
    full, part = divmod(halves, 2)
    return ("━" * full + ("╸" if part else "")).ljust(width)
