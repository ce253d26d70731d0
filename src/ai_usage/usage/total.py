"""Totals: sums over requests; unknown values are kept apart from zero."""

from typing import NamedTuple


class Total(NamedTuple):
    """Sums over requests. Two totals add up field by field, in any order, to the same sums."""

    requests: int = 0
    input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_5m_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0
    """The part of `output_tokens` that is known to have been thinking."""
    cost: int = 0
    """Pico-USD (1e-12 USD) of the requests with a known price."""
    priced_requests: int = 0
    unpriced_tokens: int = 0
    """Tokens of the other requests."""
    reasoning_unknown_requests: int = 0
    """Requests whose logs do not say how much of the output was thinking."""

    def plus(self, other: "Total") -> "Total":
        """Add two totals."""
        return Total._make(map(int.__add__, self, other))

    @property
    def cache_write_tokens(self) -> int:
        """Tokens written to a cache, for 5 minutes or an hour."""
        return self.cache_creation_5m_input_tokens + self.cache_creation_1h_input_tokens

    @property
    def prefill_tokens(self) -> int:
        """Prompt tokens that were not read from a cache."""
        return self.input_tokens + self.cache_write_tokens

    @property
    def total_tokens(self) -> int:
        """The sum of the five disjoint kinds."""
        return self.prefill_tokens + self.cache_read_input_tokens + self.output_tokens

    @property
    def known_reasoning(self) -> int | None:
        """The reasoning tokens; None when there are requests and no log has them."""
        unknown = self.requests and self.requests == self.reasoning_unknown_requests
        return None if unknown else self.reasoning_output_tokens

    @property
    def known_cost(self) -> int | None:
        """The cost in pico-USD; None when there are requests and none of them could be priced."""
        return None if self.requests and not self.priced_requests else self.cost

    @property
    def cache_share(self) -> float | None:
        """The share of prompt tokens read from a cache, 0 to 1; None without prompt tokens."""
        prompt = self.prefill_tokens + self.cache_read_input_tokens
        return self.cache_read_input_tokens / prompt if prompt else None
