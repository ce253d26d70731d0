"""Sums over records that are equal in every field that a price or a report depends on."""

from typing import Final, NamedTuple

MAX_SUMMABLE: Final = 2**53
"""A count above this is kept as it came but left out of every sum (`spec`: counts are exact in doubles up to here)."""
MAX_SUMMABLE_USD: Final = 10_000.0
"""A recorded cost above this is left out too: no request costs as much, and sums of pico-USD have 64 bits."""

NO_COST: Final = 0
"""`Group.cost_class` of records whose log recorded no cost."""
POSITIVE_COST: Final = 1
ZERO_COST: Final = 2
"""Recorded as 0: free, a subscription, or not known to the agent."""


class Group(NamedTuple):
    """One group of requests from the ledger, grouped so finely that its cost is linear in the counts."""

    bucket: int
    """Index of the requested span, from 0."""
    utc_day: int
    """Days since 1970-01-01."""
    vendor: str
    model: str
    project: str | None
    """The project's name; None if it is not known."""
    project_key: str | None
    """The project's SHA-256, which distinguishes projects with the same name."""
    fast_tier: int
    service_tier: str | None
    region: str | None
    prompt_class: int
    cost_class: int
    """`NO_COST`, `POSITIVE_COST` or `ZERO_COST`."""
    requests: int
    input_tokens: int
    cache_read_input_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    web_searches: int
    recorded_cost: int
    """What the logs recorded, in pico-USD (1e-12 USD)."""
    session_id: str | None = None
    """Set only in sums by session, like the two instants below."""
    first_seen: int = 0
    last_seen: int = 0
    reasoning_unknown_requests: int = 0
    """Requests whose logs do not say how much of the output was thinking."""


class Doubts(NamedTuple):
    """The number of records of a window that a report mentions in a note."""

    undated: int = 0
    """Their log had no usable time."""
    unreconciled: int = 0
    """Their log's total is not the sum of its parts."""
    oversized: int = 0
    """A count above 2^53 or a recorded cost above 10,000 USD, which sums leave out."""


class Counts(NamedTuple):
    """How many records there are of one vendor."""

    requests: int
    """Those that count."""
    records: int
    """The retracted ones too."""
