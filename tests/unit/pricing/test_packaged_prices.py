"""The prices that come with the program, against figures worked out by hand from the makers' own price pages."""

from datetime import date

import pytest

from ai_usage.pricing.aliases import ALIASES
from ai_usage.pricing.catalog import Catalog
from ai_usage.pricing.cost import PICO, cost
from ai_usage.pricing.price import Rates
from ai_usage.pricing.price_file import PACKAGED, PriceFile, to_day
from ai_usage.usage.prompt_class import CLASS_FAMILIES, PROMPT_CLASS_BOUNDS, class_map, first_class_above

from .groups import one_request

FILE = PriceFile(PACKAGED.read_bytes(), "")


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("model", "when", "usd_per_million"),
    [
        ("claude-sonnet-4-5", "2025-10-10", (3, 15, 0.3, 3.75, 6)),
        ("claude-opus-4-20250514", "2025-06-01", (15, 75, 1.5, 18.75, 30)),
        ("claude-sonnet-4-20250514", "2025-06-01", (3, 15, 0.3, 3.75, 6)),
        ("claude-opus-4-1-20250805", "2025-09-01", (15, 75, 1.5, 18.75, 30)),
        ("claude-opus-4-5-20251101", "2025-12-01", (5, 25, 0.5, 6.25, 10)),
        ("claude-haiku-4-5-20251001", "2025-12-01", (1, 5, 0.1, 1.25, 2)),
        ("claude-3-5-haiku-20241022", "2025-06-01", (0.8, 4, 0.08, 1, 1.6)),
        ("claude-sonnet-5", "2026-07-15", (2, 10, 0.2, 2.5, 4)),
        ("claude-sonnet-5", "2026-11-15", (2, 10, 0.2, 2.5, 4)),
        ("claude-haiku-5-5", "2026-11-01", (0.1, 0.5, 0.01, 0.125, 0.2)),
        ("gpt-5", "2025-09-01", (1.25, 10, 0.125, 1.25, 1.25)),
        ("gpt-5-codex", "2025-10-01", (1.25, 10, 0.125, 1.25, 1.25)),
        ("gpt-5.3-codex", "2026-03-01", (1.75, 14, 0.175, 1.75, 1.75)),
        ("gpt-5.6-sol", "2026-08-20", (5, 30, 0.5, 6.25, 12.5)),
        ("gpt-5.6-sol", "2026-08-21", (4, 20, 0.4, 5, 10)),
        ("gpt-5.6-terra", "2026-07-29", (2.5, 15, 0.25, 3.125, 6.25)),
        ("gpt-5.6-terra", "2026-07-30", (2, 12, 0.2, 2.5, 5)),
        ("gpt-5.6-luna", "2026-08-01", (0.2, 1.2, 0.02, 0.25, 0.5)),
        ("gemini-2.5-pro", "2025-10-01", (1.25, 10, 0.125, 1.25, 1.25)),
        ("gemini-3-pro-preview", "2026-01-01", (2, 12, 0.2, 2, 2)),
        ("kimi-k2.6", "2026-05-01", (0.95, 4, 0.16, 0.95, 0.95)),
        ("glm-5", "2026-03-01", (1, 3.2, 0.2, 1, 1)),
        ("us.anthropic.claude-opus-4-6-v1", "2026-06-01", (5.5, 27.5, 0.55, 6.875, 11)),
        # before it was listed, a model cost what it was first listed at
        ("claude-opus-4-8", "2026-01-01", (5, 25, 0.5, 6.25, 10)),
        # aliases
        ("kimi-for-coding", "2026-02-01", (0.6, 3, 0.1, 0.6, 0.6)),
        ("kimi-for-coding", "2026-07-01", (0.95, 4, 0.19, 0.95, 0.95)),
        ("kimi-code/kimi-for-coding", "2026-10-01", (1, 4, 0.25, 1, 1)),
        ("k3", "2026-08-01", (3, 15, 0.3, 3, 3)),
        ("kimi-code/k3", "2026-11-01", (3, 15, 0.3, 3, 6)),
        ("codex-auto-review", "2026-05-01", (2.5, 15, 0.25, 2.5, 2.5)),
        ("codex-auto-review", "2026-09-01", (0.2, 1.2, 0.02, 0.25, 0.5)),
        # spellings
        ("claude-sonnet-4-5[1m]", "2025-10-10", (3, 15, 0.3, 3.75, 6)),
        ("anthropic/claude-opus-4.6", "2026-06-01", (5, 25, 0.5, 6.25, 10)),
        ("openrouter/anthropic/claude-opus-4.6", "2026-06-01", (5, 25, 0.5, 6.25, 10)),
        ("claude-opus-4-1@20250805", "2025-09-01", (15, 75, 1.5, 18.75, 30)),
        ("gpt-5.2-codex-xhigh", "2026-01-20", (1.75, 14, 0.175, 1.75, 1.75)),
        ("MiniMax-M2.7", "2026-06-01", (0.3, 1.2, 0.06, 0.375, 0.375)),
    ],
)
def test_a_million_tokens_cost(model: str, when: str, usd_per_million: tuple[float, ...]) -> None:
    price = Catalog().price(model, "", day(when))
    assert price is not None
    assert price.rates == Rates._make(round(usd * 1_000_000) for usd in usd_per_million)


@pytest.mark.parametrize(
    ("model", "when", "fields", "usd"),
    [
        pytest.param(
            "claude-sonnet-4-5",
            "2025-11-01",
            {"input_tokens": 150_000, "cache_read_input_tokens": 60_000, "output_tokens": 1_000},
            0.9 + 0.036 + 0.0225,
            id="Sonnet 4.5 over 200K in all",
        ),
        pytest.param(
            "claude-sonnet-4-20250514",
            "2025-07-01",
            {"input_tokens": 210_000},
            0.63,
            id="Sonnet 4 before the beta",
        ),
        pytest.param("claude-opus-4-6", "2026-03-12", {"input_tokens": 210_000}, 2.1, id="Opus 4.6 at first"),
        pytest.param("claude-opus-4-6", "2026-03-13", {"input_tokens": 210_000}, 1.05, id="Opus 4.6 flat"),
        pytest.param(
            "claude-haiku-5-5", "2026-11-01", {"input_tokens": 100_001}, 0.0500005, id="Haiku 5.5 over 100K"
        ),
        pytest.param("gpt-5.4", "2026-03-20", {"input_tokens": 272_000}, 0.68, id="GPT-5.4 at 272K"),
        pytest.param("gpt-5.4", "2026-03-20", {"input_tokens": 272_001}, 1.360005, id="GPT-5.4 over 272K"),
        pytest.param(
            "gemini-2.5-pro",
            "2025-10-01",
            {"output_tokens": 1_000, "input_tokens": 200_001},
            0.5000025 + 0.015,
            id="Gemini 2.5 Pro over 200K",
        ),
        pytest.param(
            "claude-opus-4-6", "2026-02-10", {"input_tokens": 1_000, "fast_tier": 1}, 0.03, id="Opus 4.6 fast"
        ),
        pytest.param(
            "claude-opus-4-6",
            "2026-09-10",
            {"input_tokens": 1_000, "fast_tier": 1},
            0.03,
            id="Opus 4.6 fast, after it was withdrawn",
        ),
        pytest.param(
            "claude-opus-4-7",
            "2026-05-20",
            {"output_tokens": 1_000, "fast_tier": 1},
            0.15,
            id="Opus 4.7 fast",
        ),
        pytest.param(
            "claude-opus-4-8",
            "2026-06-20",
            {"output_tokens": 1_000, "fast_tier": 1},
            0.05,
            id="Opus 4.8 fast",
        ),
        pytest.param(
            "gpt-5.5", "2026-06-20", {"output_tokens": 1_000, "fast_tier": 1}, 0.075, id="GPT-5.5 priority"
        ),
        pytest.param(
            "gpt-5.4", "2026-03-20", {"input_tokens": 1_000, "fast_tier": 1}, 0.005, id="GPT-5.4 priority"
        ),
        pytest.param(
            "gpt-5.3-codex",
            "2026-03-20",
            {"input_tokens": 1_000, "fast_tier": 1},
            0.0035,
            id="GPT-5.3 Codex priority",
        ),
        pytest.param(
            "claude-opus-4-6", "2026-04-10", {"input_tokens": 1_000, "region": "us"}, 0.0055, id="in the US"
        ),
        pytest.param(
            "claude-sonnet-4-5",
            "2026-04-10",
            {"input_tokens": 1_000, "region": "us"},
            0.003,
            id="in the US, before models had that price",
        ),
        pytest.param(
            "claude-sonnet-4-5",
            "2026-04-10",
            {"cache_creation_1h_input_tokens": 10_000},
            0.06,
            id="one-hour write",
        ),
        pytest.param("claude-opus-4-20250514", "2025-08-01", {"web_searches": 7}, 0.07, id="web searches"),
    ],
)
def test_a_request_costs(model: str, when: str, fields: dict[str, int], usd: float) -> None:
    assert cost(Catalog().price(model, "", day(when)), one_request(**fields)) == round(usd * PICO)


@pytest.mark.parametrize(
    "model",
    [
        "unknown",
        "<synthetic>",
        "",
        "claude-opus-9",
        "gpt-5.9-codex-mini",
        "claude",
        "#",
        'x":[{"input":1',
        "a\nb",
    ],
)
def test_a_model_that_no_list_has_is_unpriced(model: str) -> None:
    assert Catalog().price(model, "", day("2026-11-22")) is None


def test_every_line_can_be_read_and_its_days_ascend() -> None:
    histories = {model: [price.since for price in FILE.history(model)] for model in FILE.models()}
    assert {model: days for model, days in histories.items() if not days or days != sorted(set(days))} == {}
    assert len(histories) > 800


def test_every_threshold_is_a_bound_of_the_prompt_classes() -> None:
    thresholds = {
        tier.above for model in FILE.models() for price in FILE.history(model) for tier in price.long_context
    }
    assert thresholds == set(PROMPT_CLASS_BOUNDS)


def test_no_threshold_of_a_model_lies_between_classes_that_its_rollups_merge() -> None:
    merged = {
        (model, tier.above)
        for model in FILE.models()
        for price in FILE.history(model)
        for tier in price.long_context
        if class_map(model) >> 3 * (first := first_class_above(tier.above)) & 7 != first
    }
    assert merged == set()


@pytest.mark.parametrize("family", CLASS_FAMILIES)
def test_the_threshold_of_a_user_s_own_price_is_kept_apart_in_every_family(family: str) -> None:
    first = first_class_above(200_000)
    assert class_map(f"{family}-next") >> 3 * first & 7 == first


def test_behind_every_alias_is_a_priced_model() -> None:
    targets = {target for entries in ALIASES.values() for _, target in entries}
    assert {target for target in targets if not FILE.history(target)} == set()
    assert {alias for alias, entries in ALIASES.items() if [*entries] != sorted(entries)} == set()
    assert {alias for alias in ALIASES if FILE.history(alias)} == set()


def test_the_data_is_dated() -> None:
    assert FILE.data_until >= to_day("2026-10-26")
