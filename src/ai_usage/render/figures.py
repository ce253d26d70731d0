"""Figures for people: 1.9M tokens, $4.21, 43%."""

from datetime import datetime
from typing import Final

from ai_usage.usage.total import Total

UNKNOWN: Final = "-"
UNPRICED: Final = "unpriced"
_LESS_THAN_A_CENT: Final = "<$0.01"
_CENT: Final = 10**10
"""Pico-USD in a cent."""
_STEPS: Final = ((10**3, "k"), (10**6, "M"), (10**9, "B"), (10**12, "T"))


def tokens(count: int) -> str:
    """Shorten a count to three digits: 999, 1.2k, 12.3M, 123M."""
    if count < 1000:
        return str(count)
    for size, letter in _STEPS:
        tenths = (count * 10 + size // 2) // size
        if tenths < 1000:
            return f"{tenths // 10}.{tenths % 10}{letter}"
        whole = (count + size // 2) // size
        if whole < 1000:
            return f"{whole}{letter}"
    return f"{whole}{letter}"


def usd(cost: int | None) -> str:
    """Write a cost to the cent.

    Args:
        cost: pico-USD; None if it is not known.
    """
    if cost is None:
        return UNKNOWN
    cents = (cost + _CENT // 2) // _CENT
    if cost > 0 and cents == 0:
        return _LESS_THAN_A_CENT
    return f"${cents // 100:,}.{cents % 100:02}"


def usd_short(cost: int) -> str:
    """Write a cost for an axis: $0.02, $4, $1.5k."""
    if cost < 1000 * 100 * _CENT:
        return usd(cost).removesuffix(".00")
    return "$" + tokens(cost // (100 * _CENT))


def cost_of(total: Total, *, at_least: str = "≥") -> str:
    """Write the cost of a total; with the sign `at_least` if some of its tokens have no known price."""
    if total.known_cost is None:
        return UNPRICED
    known = usd(total.known_cost)
    if not total.unpriced_tokens:
        return known
    return ">$0.00" if known == _LESS_THAN_A_CENT else at_least + known


def reasoning_of(total: Total, *, at_least: str = "≥") -> str:
    """Write the reasoning tokens of a total; with the sign `at_least` if some of its requests' logs lack them."""
    if total.known_reasoning is None:
        return UNKNOWN
    return (at_least if total.reasoning_unknown_requests else "") + tokens(total.known_reasoning)


def share(part: int, whole: int) -> str:
    """Write a part of a whole as a percentage."""
    if whole <= 0:
        return UNKNOWN
    percent = (part * 200 + whole) // (2 * whole)
    return "<1%" if part > 0 and percent == 0 else f"{percent}%"


def size(size_bytes: int) -> str:
    """Write a size in bytes."""
    amount = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{size_bytes} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: `1 file`, `2,000 files`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def moment(text: str) -> str:
    """Write an ISO time without its seconds and zone."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
