"""What a record's `flags` say, and the quarter of an hour it lies in."""

from typing import Final

SIDE_CHAIN: Final = 1
UNDATED: Final = 2
UNRECONCILED: Final = 4
OVERSIZED: Final = 8
"""A count above 2^53, or a recorded cost above 10,000 USD; no sum contains them."""
SHADOWED: Final = 16
"""Another machine's file holds the copy that counts when hosts are merged."""
RETRACTED: Final = 32
MISSING: Final = 64
"""In another machine's file: the server no longer has the record."""
NO_REASONING: Final = 128
"""The log says that the request did no reasoning; without this flag, 0 reasoning tokens mean that it does not say."""
REQUEST_SHIFT: Final = 16
"""From this bit on, `flags` hold the record's hash of the request's id."""

QUARTER_US: Final = 900_000_000


def quarter_of(instant: int) -> int:
    """Return the quarter of an hour as SQLite divides: towards zero, also before 1970."""
    return instant // QUARTER_US if instant >= 0 else -(-instant // QUARTER_US)
