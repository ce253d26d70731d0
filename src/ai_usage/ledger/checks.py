"""The check value of a row of `records`: it tells a row that was written from one that the disk changed.

SQLite itself computes it, as a weighted sum of the row's numbers modulo a prime: an insertion takes a few tenths of a
microsecond more, and a file of a million rows is checked in less than a second. One changed bit always gives another
value, any other damage with a probability of 1 - 2^-31. The key is not in it, since `key_hash` is the hash of the key;
nor are `seq` and `peer_times`, which are compared with the server. A trigger computes the value again when a statement
changes one of the columns, so that no writer can forget to.
"""

from collections.abc import Mapping
from typing import Final

_PRIME: Final = 2**31 - 1
# Odd primes: small enough that the sum of plausible rows stays an integer of 64 bits. Where an absurd count makes it a
# float, the value is the same each time all the same.
_WEIGHTS: Final = {
    "change_number": 1009,
    "timestamp": 1013,
    "session_start_offset": 2003,
    "session_end_offset": 2011,
    "model_id": 32771,
    "effort_id": 65537,
    "fast_tier": 131101,
    "input_tokens": 4001,
    "cache_read_input_tokens": 4003,
    "cache_creation_5m_input_tokens": 4007,
    "cache_creation_1h_input_tokens": 4013,
    "output_tokens": 5003,
    "reasoning_output_tokens": 5009,
    "project_id": 262147,
    "session_ref": 8009,
    "tier_id": 524309,
    "web_searches": 16411,
    "flags": 1021,
}
_COSTS: Final = {
    "cost_input": (6007, 6011),
    "cost_output": (6029, 6037),
    "cost_cache_read": (6043, 6047),
    "cost_cache_creation": (6053, 6067),
}
"""The weights of a cost's two halves: above and below 2^-20 USD."""
COVERED: Final = (*_WEIGHTS, *_COSTS)
"""The columns that the check value covers."""


def check_of(values: Mapping[str, str]) -> str:
    """Write the check value of a row as an SQL expression.

    Args:
        values: the SQL of each column of the row; a cost that is left out is null.
    """
    terms = [f"{values[column]} * {weight}" for column, weight in _WEIGHTS.items()]
    terms += [_cost(values[column], *weights) for column, weights in _COSTS.items() if column in values]
    return f"({' + '.join(terms)}) % {_PRIME}"


def _cost(value: str, above: int, below: int) -> str:
    whole = f"CAST({value} * 1048576 AS INTEGER)"
    rest = f"CAST(({value} * 1048576 - {whole}) * 4503599627370496 AS INTEGER)"
    return f"ifnull({whole} % {_PRIME} * {above} + {rest} % {_PRIME} * {below} + {above}, 0)"


CHECK: Final = check_of({column: column for column in COVERED})
"""The check value that a stored row should have."""
