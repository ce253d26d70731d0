"""How lines are put together: what fits, what stands at the right edge, rules and bars."""

from collections.abc import Sequence

from rich.text import Text

from ai_usage.render.stack import shared

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def fitted(parts: Sequence[Text], width: int, gap: Text) -> Text:
    """Join parts as far as there is room, in the order of their importance."""
    line = Text()
    for part in parts:
        if line.cell_len + part.cell_len + (gap.cell_len if line else 0) <= width:
            if line:
                line.append_text(gap)
            line.append_text(part)
    return line


def apart(left: Text, right: Text, width: int) -> Text:
    """Set one text to the left and one to the right; the left one is cut where they meet."""
    room = width - right.cell_len - (1 if right else 0)
    cut = left.copy()
    cut.truncate(max(room, 0), overflow="ellipsis")
    return Text.assemble(cut, " " * max(width - cut.cell_len - right.cell_len, 0), right)


def ruled(title: Text, width: int, faint: str) -> Text:
    """Put a rule behind a title, up to the right edge."""
    cut = title.copy()
    cut.truncate(width, overflow="ellipsis")
    left = width - cut.cell_len - 1
    return Text.assemble(cut, (f" {'─' * left}", faint)) if left > 0 else cut


def split_bar(parts: Sequence[tuple[str, int]], highest: int, width: int) -> Text:
    """Draw a bar whose parts have colours; it is exact to half a cell as a whole, each part to a cell.

    Args:
        parts: of each, its colour and its amount.
        highest: what the whole width stands for.
        width: in cells.
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
    """Draw a bar, exact to half a cell; whatever is there is seen."""
    width = max(width, 0)
    halves = (amount * width * 2 + highest // 2) // highest if highest else 0
    if amount and not halves:
        halves = 1
    full, part = divmod(halves, 2)
    return ("━" * full + ("╸" if part else "")).ljust(width)
