"""The bits of a record's `flags`, and the quarter of an hour of an instant."""

from typing import Final

SIDE_CHAIN: Final = 1
UNDATED: Final = 2
UNRECONCILED: Final = 4
OVERSIZED: Final = 8
"""A count above 2^53, or a recorded cost above 10,000 USD; sums leave it out."""
SHADOWED: Final = 16
"""The copy that counts in merged reports is in another machine's file."""
RETRACTED: Final = 32
MISSING: Final = 64
"""In the file of another machine: the server no longer has the record."""
NO_REASONING: Final = 128
"""The log says that the request did no reasoning; without this flag, 0 reasoning tokens mean "unknown"."""
REQUEST_SHIFT: Final = 16
"""From this bit on, `flags` hold the record's hash of the request's id."""

QUARTER_US: Final = 900_000_000


def quarter_of(instant: int) -> int:
    """Return the quarter of an hour with SQLite's division, which rounds towards zero, also before 1970."""
    return instant // QUARTER_US if instant >= 0 else -(-instant // QUARTER_US)
