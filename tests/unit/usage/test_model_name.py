"""Which ids a logged name stands for, and how it is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.usage.model_name import candidates, display_name, without_provider

NAMES = {
    "claude-opus-4-6": "Opus 4.6",
    "claude-opus-4-20250514": "Opus 4",
    "claude-sonnet-4-0": "Sonnet 4",
    "claude-sonnet-4-5-20250929": "Sonnet 4.5",
    "claude-sonnet-4-5[1m]": "Sonnet 4.5 1M",
    "claude-3-5-sonnet-20241022": "Sonnet 3.5",
    "claude-4.5-sonnet": "Sonnet 4.5",
    "claude-fable-5-1": "Fable 5.1",
    "claude-mythos-preview": "Mythos Preview",
    "claude-opus-7": "Opus 7",
    "claude-2.1": "Claude 2.1",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0": "Sonnet 4.5",
    "anthropic.claude-opus-4-6-v1": "Opus 4.6",
    "claude-opus-4-1@20250805": "Opus 4.1",
    "openrouter/anthropic/claude-opus-4.6": "Opus 4.6",
    "gpt-5": "GPT-5",
    "gpt-5-2025-08-07": "GPT-5",
    "gpt-5-codex": "GPT-5 Codex",
    "gpt-5.1-codex-max": "GPT-5.1 Codex Max",
    "gpt-5.6-codex-mini": "GPT-5.6 Codex Mini",
    "gpt-5.6-sol": "GPT-5.6 Sol",
    "gpt-5.2-codex-xhigh": "GPT-5.2 Codex XHigh",
    "gpt-4o-mini": "GPT-4o Mini",
    "openai/gpt-oss-120b": "GPT-OSS 120B",
    "o3": "o3",
    "o4-mini": "o4 Mini",
    "codex-auto-review": "Codex Auto Review",
    "gemini-3-pro-preview": "Gemini 3 Pro Preview",
    "gemini-2.5-flash-lite": "Gemini 2.5 Flash Lite",
    "gemma-4-31b-it": "Gemma 4 31B IT",
    "kimi-k2.6": "Kimi K2.6",
    "kimi-k2-0905-preview": "Kimi K2 0905 Preview",
    "kimi-for-coding": "Kimi for Coding",
    "kimi-k2.7-code-highspeed": "Kimi K2.7 Code HighSpeed",
    "k3": "Kimi K3",
    "k3-256k": "Kimi K3 256K",
    "k2p5": "Kimi K2.5",
    "accounts/fireworks/models/kimi-k2p5": "Kimi K2.5",
    "glm-5": "GLM-5",
    "glm-4.5-air": "GLM-4.5 Air",
    "glm-4.6v": "GLM-4.6V",
    "qwen3-coder-plus": "Qwen3 Coder Plus",
    "qwen3-235b-a22b-instruct-2507": "Qwen3 235B A22B Instruct 2507",
    "deepseek-v3.2": "DeepSeek V3.2",
    "deepseek-r1": "DeepSeek R1",
    "grok-code-fast-1": "Grok Code Fast 1",
    "grok-4-1-fast": "Grok 4.1 Fast",
    "MiniMax-M2.7": "MiniMax M2.7",
    "mimo-v2.5-pro": "MiMo V2.5 Pro",
    "swe-1-6-fast": "SWE-1.6 Fast",
    "llama-3.3-70b": "Llama 3.3 70B",
    "some-private-model": "Some Private Model",
    "unknown": "unknown",
    "<synthetic>": "<synthetic>",
    "": "",
    "-": "-",
    "My own model": "My own model",
}


@pytest.mark.parametrize(("model", "expected"), NAMES.items(), ids=list(NAMES))
def test_a_model_is_shown_as_people_call_it(model: str, expected: str) -> None:
    assert display_name(model) == expected


CANDIDATES = {
    "claude-opus-4-6": ["claude-opus-4-6"],
    "Claude-Opus-4-6": ["claude-opus-4-6"],
    "claude-sonnet-4-5[1m]": ["claude-sonnet-4-5[1m]", "claude-sonnet-4-5"],
    "anthropic/claude-sonnet-4.6": ["anthropic/claude-sonnet-4.6", "claude-sonnet-4.6", "claude-sonnet-4-6"],
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0": [
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5-20250929",
        "claude-sonnet-4-5",
    ],
    "vertex_ai/claude-opus-4-1@20250805": [
        "vertex_ai/claude-opus-4-1@20250805",
        "claude-opus-4-1@20250805",
        "claude-opus-4-1",
    ],
    "gpt-5.2-2025-12-11-high": ["gpt-5.2-2025-12-11-high", "gpt-5.2-2025-12-11", "gpt-5.2"],
    "gpt-5.2-codex-xhigh": ["gpt-5.2-codex-xhigh", "gpt-5.2-codex"],
    "gpt-5.2-codex-ultra": ["gpt-5.2-codex-ultra", "gpt-5.2-codex"],
    "gpt-5.6-sol-max": ["gpt-5.6-sol-max", "gpt-5.6-sol"],
    "gpt-5.1-codex-max-xhigh": ["gpt-5.1-codex-max-xhigh", "gpt-5.1-codex-max"],
    "gpt-5.1-codex-max-max": ["gpt-5.1-codex-max-max", "gpt-5.1-codex-max"],
    "claude-opus-4-8-max": ["claude-opus-4-8-max", "claude-opus-4-8"],
    "claude-4.5-sonnet-thinking": [
        "claude-4.5-sonnet-thinking",
        "claude-4.5-sonnet",
        "claude-4-5-sonnet",
        "claude-sonnet-4-5",
    ],
    "accounts/fireworks/models/kimi-k2p5": [
        "accounts/fireworks/models/kimi-k2p5",
        "fireworks/models/kimi-k2p5",
        "models/kimi-k2p5",
        "kimi-k2p5",
        "kimi-k2.5",
    ],
    # A size or a sibling is another model and never taken off.
    "gpt-5.9-codex-mini": ["gpt-5.9-codex-mini"],
    "gpt-5.9-codex-max": ["gpt-5.9-codex-max"],
    "claude-opus-9-fast": ["claude-opus-9-fast"],
    "gemini-9-pro-preview": ["gemini-9-pro-preview"],
    "": [],
    "/": ["/"],
}


@pytest.mark.parametrize(("model", "expected"), CANDIDATES.items(), ids=list(CANDIDATES))
def test_a_name_stands_for_these_ids_in_this_order(model: str, expected: list[str]) -> None:
    assert list(candidates(model)) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openrouter/anthropic/claude-opus-4-6", "claude-opus-4-6"),
        ("us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6-v1"),
        ("MiniMax-M2", "MiniMax-M2"),
        ("qwen3.5-plus", "qwen3.5-plus"),
        ("models/", "models/"),
    ],
)
def test_the_provider_can_be_taken_off(model: str, expected: str) -> None:
    assert without_provider(model) == expected


@given(st.text(max_size=60))
def test_no_name_is_too_strange(model: str) -> None:
    found = list(candidates(model))
    assert len(found) == len(set(found))
    assert bool(display_name(model)) == bool(model)
