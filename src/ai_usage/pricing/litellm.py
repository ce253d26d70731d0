"""LiteLLM's price table, `model_prices_and_context_window.json`: today's price of every model, in USD per token.

Columns as seen in version 1.109 (November 2026). The table drops retired models and knows no dates.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from ai_usage.pricing.entries import Entry, Histories, rounded, stated
from ai_usage.pricing.price_file import is_id

Row = Mapping[str, Any]

MAKERS: Final = frozenset(
    {"anthropic", "openai", "moonshot", "gemini", "xai", "zai", "deepseek", "dashscope", "minimax", "mistral",
     "xiaomi_mimo", "meta"}
)  # fmt: skip
"""Providers that sell their own models; a reseller's price is not a model's list price."""

BEDROCK_CLAUDE: Final = re.compile(r"(?:[a-z-]+\.)?anthropic\.claude[a-z0-9.:-]+\Z")
"""Claude at Bedrock, whose regions differ in price; the id says which."""

NOT_FOR_AGENTS: Final = re.compile(
    r"embed|tts|image|audio|transcribe|realtime|live|asr|ocr|voxtral|vision-beta|moderation|video|speech|robotics"
    r"|nano-banana|voice|captioner|translat|imagine|lyria|veo|davinci|babbage|whisper|learnlm|peft|\Aft:|\Aada\Z"
)
"""Ids of models that no coding agent uses."""

_COLUMNS: Final = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}
_TIER: Final = re.compile(r"input_cost_per_token(_above_(\d+)k_tokens)\Z")
_MILLION: Final = 1_000_000


def read_table(table: Mapping[str, Row], origin: str) -> Histories:
    """Read the models that coding agents use from the whole table, each with its one entry."""
    histories: Histories = {}
    for key, row in table.items():
        name = key.lower() if BEDROCK_CLAUDE.match(key) else key.rsplit("/", 1)[-1].lower()
        own = row.get("litellm_provider") in MAKERS and key.count("/") < 2
        if (own or BEDROCK_CLAUDE.match(key)) and row.get("mode") in ("chat", "responses"):
            entry = None if NOT_FOR_AGENTS.search(name) else read_row(row, f"{origin}: {key}")
            if entry is not None and is_id(name):
                histories.setdefault(name, [entry])
    return histories


def read_row(row: Row, origin: str) -> Entry | None:
    """Turn one model's row into an entry without a day; None if it has no price."""
    entry: Entry = {**_rates(row), "origin": origin}
    if not entry.get("input") or "output" not in entry:
        return None
    above = {
        int(match[2]) * 1000: _rates(row, match[1]) for match in map(_TIER.match, row) if match is not None
    }
    for step in row.get("tiered_pricing") or ():
        if step.get("range") and step["range"][0] > 0:
            above[int(step["range"][0])] = _rates(step)
    if above:
        entry["above"] = above
    entry.update(_extras(row))
    return entry


def _rates(row: Row, suffix: str = "") -> Entry:
    return stated(
        {kind: row[name + suffix] * _MILLION for kind, name in _COLUMNS.items() if row.get(name + suffix)}
    )


def _extras(row: Row) -> Entry:
    """Read the multipliers of special modes and the fee for web searches."""
    found: Entry = {}
    for name, suffix in (("fast", "priority"), ("flex", "flex"), ("batch", "batches")):
        special = row.get(f"input_cost_per_token_{suffix}")
        if special:
            found[name] = (Decimal(special) / Decimal(row["input_cost_per_token"])).quantize(
                Decimal("0.0001")
            )
    specific = row.get("provider_specific_entry") or {}
    found.update({name: rounded(specific[name]) for name in ("fast", "us") if specific.get(name)})
    if row.get("regional_processing_uplift_multiplier_us"):
        found["us"] = rounded(row["regional_processing_uplift_multiplier_us"])
    search = (row.get("search_context_cost_per_query") or {}).get("search_context_size_medium")
    if search:
        found["web_search"] = rounded(search * 1000)
    return found
