"""Groups of requests as short as a test needs them."""

from typing import Any

from ai_usage.usage.group import NO_COST, Group
from ai_usage.usage.prompt_class import prompt_class

_NOTHING: dict[str, Any] = {
    "bucket": 0, "utc_day": 0, "vendor": "claude", "model": "", "project": None, "project_key": None,
    "fast_tier": -1, "service_tier": None, "region": None, "cost_class": NO_COST, "requests": 1, "input_tokens": 0,
    "cache_read_input_tokens": 0, "cache_creation_5m_input_tokens": 0, "cache_creation_1h_input_tokens": 0,
    "output_tokens": 0, "reasoning_output_tokens": 0, "web_searches": 0, "recorded_cost": 0,
}  # fmt: skip


def one_request(**fields: Any) -> Group:
    """A group of one request, its prompt class worked out."""
    values = {**_NOTHING, **fields}
    prompt = sum(values[kind] for kind in values if kind.endswith("input_tokens"))
    return Group(prompt_class=prompt_class(prompt), **values)
