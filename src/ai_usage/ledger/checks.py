"""The check value of a row of `records`: it detects a row that the disk changed.

SQLite itself computes it, as a weighted sum of the row's numbers modulo a prime: an insertion takes a few tenths of a
microsecond more, and a file of a million rows is checked in less than a second. One changed bit always gives another
value, any other damage with a probability of 1 - 2^-31. It does not cover the key, since `key_hash` is the hash of the
key, nor `seq` and `peer_times`, which are compared with the server. A trigger computes the value again when a statement
changes one of the columns, so that every writer keeps it right.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Final

_PRIME: Final = 2**31 - 1
_WEIGHTED: Final = {
    1009: ("timestamp", "model_id", "input_tokens", "output_tokens", "session_ref"),
    2003: (
        "session_start_offset",
        "effort_id",
        "cache_read_input_tokens",
        "reasoning_output_tokens",
        "tier_id",
    ),
    4001: ("session_end_offset", "fast_tier", "cache_creation_5m_input_tokens", "project_id", "web_searches"),
    8009: ("change_number", "cache_creation_1h_input_tokens", "flags"),
}
"""Columns of one weight are added first, which takes less time; two neighbours in a row never share a weight. The sum
of plausible rows is an integer of 64 bits. An absurd count makes it a float, which is the same each time."""
_COSTS: Final = {
    "cost_input": (6007, 6011),
    "cost_output": (6029, 6037),
    "cost_cache_read": (6043, 6047),
    "cost_cache_creation": (6053, 6067),
}
"""The weights of a cost's two halves: above and below 2^-20 USD."""
COVERED: Final = (*chain.from_iterable(_WEIGHTED.values()), *_COSTS)
"""The columns that the check value covers."""


def check_of(values: Mapping[str, str]) -> str:
    """Write the check value of a row as an SQL expression.

    Args:
        values: the SQL of each column of the row; a cost that is left out is null.
    """
    terms = [
        f"({' + '.join(values[column] for column in columns)}) * {weight}"
        for weight, columns in _WEIGHTED.items()
    ]
    terms += [_cost(values[column], *weights) for column, weights in _COSTS.items() if column in values]
    return f"({' + '.join(terms)}) % {_PRIME}"


def _cost(value: str, above: int, below: int) -> str:
    whole = f"CAST({value} * 1048576 AS INTEGER)"
    rest = f"CAST(({value} * 1048576 - {whole}) * 4503599627370496 AS INTEGER)"
    return f"ifnull({whole} % {_PRIME} * {above} + {rest} % {_PRIME} * {below} + {above}, 0)"


CHECK: Final = check_of({column: column for column in COVERED})
"""The check value that a stored row should have."""
