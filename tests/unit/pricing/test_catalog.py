"""Which price applies: the user's, the program's, a newer one, or none."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ai_usage.errors import UsageError
from ai_usage.pricing.catalog import Catalog
from ai_usage.pricing.explanation import Step
from ai_usage.pricing.price import UNKNOWN_DAY, LongContext, Price, Rates
from ai_usage.pricing.price_file import to_day

DAY = to_day("2026-11-22")
Models = Mapping[str, Sequence[Mapping[str, object]]]


@pytest.fixture
def models_toml(tmp_path: Path) -> Callable[[str], Catalog]:
    """A catalog with the user's file of this text."""

    def write(text: str) -> Catalog:
        path = tmp_path / "models.toml"
        path.write_text(text, encoding="utf-8")
        return Catalog(path)

    return write


def write_prices(path: Path, data_until: str, models: Models) -> Path:
    lines = [f'"#":{json.dumps({"format": 1, "data_until": data_until})}']
    lines += [f'"{model}":{json.dumps(entries)}' for model, entries in models.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def input_rates(catalog: Catalog, model: str, *days: str) -> list[float | None]:
    prices = [catalog.price(model, "claude", to_day(day)) for day in days]
    return [None if price is None else price.rates.input / 1_000_000 for price in prices]


def test_the_price_of_the_day_holds_until_the_next_one(tmp_path: Path) -> None:
    history = [
        {"from": "2026-02-01", "input": 5, "output": 9},
        {"from": "2026-03-01", "input": 4, "output": 9},
    ]
    packaged = write_prices(tmp_path / "packaged.json", "2026-10-26", {"x": history})
    catalog = Catalog(packaged=packaged)
    days = ("2020-01-01", "2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", "2030-01-01")
    assert input_rates(catalog, "x", *days) == [5, 5, 5, 5, 4, 4]
    assert input_rates(catalog, "y", *days) == [None] * 6


def test_the_users_prices_win_and_say_everything(models_toml: Callable[[str], Catalog]) -> None:
    catalog = models_toml(
        """
        [pricing."some-private-model"]
        input = 3.0
        output = 15
        cache_read = 0.30
        cache_write = 3.75
        cache_write_1h = 6.0
        input_above_200k = 6
        output_above_200k = 22.5
        cache_read_above_200k = 0.7
        cache_write_above_200k = 8
        cache_write_1h_above_200k = 13
        """
    )
    assert catalog.price("Some-Private-Model", "codex", DAY) == Price(
        UNKNOWN_DAY,
        Rates(3_000_000, 15_000_000, 300_000, 3_750_000, 6_000_000),
        (LongContext(200_000, Rates(6_000_000, 22_500_000, 700_000, 8_000_000, 13_000_000)),),
        origin="models.toml",
    )


@pytest.mark.parametrize(
    ("table", "rates", "above"),
    [
        ("input = 2\noutput = 8", (2, 8, 2, 2, 2), None),
        ("input = 2\noutput = 8\ncache_write = 3", (2, 8, 2, 3, 3), None),
        ("input = 2\noutput = 8\ninput_above_200k = 4", (2, 8, 2, 2, 2), (4, 8, 4, 4, 4)),
        (
            "input = 2\noutput = 8\ncache_read = 0.2\ninput_above_200k = 4",
            (2, 8, 0.2, 2, 2),
            (4, 8, 0.4, 4, 4),
        ),
        ("input = 0\noutput = 0\noutput_above_200k = 1", (0, 0, 0, 0, 0), (0, 1, 0, 0, 0)),
        ("input = 2\noutput = 8\ncache_read = 0\ncache_write = 0", (2, 8, 0, 0, 0), None),
        ("input = 2\noutput = 8\ncache_write = 3\ncache_write_1h = 0", (2, 8, 2, 3, 0), None),
        ("input = 2\noutput = 8\ncache_write_above_200k = 0", (2, 8, 2, 2, 2), (2, 8, 2, 0, 0)),
    ],
    ids=[
        "cache kinds are input",
        "one-hour is a write",
        "growth",
        "caches grow as input does",
        "free",
        "free caches",
        "free one-hour writes",
        "free writes above",
    ],
)
def test_what_the_user_leaves_out_follows(
    models_toml: Callable[[str], Catalog],
    table: str,
    rates: tuple[float, ...],
    above: tuple[float, ...] | None,
) -> None:
    price = models_toml(f"[pricing.mine]\n{table}\n").price("mine", "omp", DAY)
    assert price is not None
    assert price.rates == Rates._make(round(usd * 1_000_000) for usd in rates)
    assert [tier.rates for tier in price.long_context] == (
        [] if above is None else [Rates._make(round(usd * 1_000_000) for usd in above)]
    )


def test_the_users_price_of_a_known_model_keeps_its_multipliers(
    models_toml: Callable[[str], Catalog],
) -> None:
    catalog = models_toml('[pricing."anthropic/claude-opus-4-6"]\ninput = 1\noutput = 2\n')
    price = catalog.price("claude-opus-4-6[1m]", "claude", DAY)
    assert price is not None
    assert (price.rates, price.fast, price.us, price.origin) == (
        Rates(1_000_000, 2_000_000, 100_000, 1_250_000, 2_000_000),
        6_000_000,
        1_100_000,
        "models.toml",
    )


def test_the_users_price_reaches_through_an_alias(models_toml: Callable[[str], Catalog]) -> None:
    catalog = models_toml("[pricing.kimi-k3]\ninput = 7\noutput = 8\n")
    assert input_rates(catalog, "kimi-code/k3", "2026-11-22") == [7]


def test_a_mark_at_the_beginning_and_other_line_ends_change_nothing(
    models_toml: Callable[[str], Catalog],
) -> None:
    catalog = models_toml("\ufeff[pricing.mine]\r\ninput = 7\r\noutput = 8\r\n")
    assert input_rates(catalog, "mine", "2026-11-22") == [7]


def test_an_absent_file_adds_no_price(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "models.toml", tmp_path / "prices.json")
    assert input_rates(catalog, "claude-opus-4-6", "2026-11-22") == [5]
    assert catalog.warnings == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[pricing.x]\ninput = 1", '[pricing."x"]: output is missing (USD per million tokens)'),
        ("[pricing.x]\noutput = 1", '[pricing."x"]: input is missing (USD per million tokens)'),
        ("[pricing.x]\ninptu = 1", '[pricing."x"]: unknown key inptu; known are input, output, cache_read, '),
        ('[pricing.x]\ninput = "1"', "input must be USD per million tokens, a number from 0 to 1,000,000"),
        ("[pricing.x]\ninput = -1", "input must be USD"),
        ("[pricing.x]\ninput = nan", "input must be USD"),
        ("[pricing.x]\ninput = inf", "input must be USD"),
        ("[pricing.x]\ninput = true", "input must be USD"),
        ("pricing = 1", 'pricing is not a table of models; write [pricing."MODEL"]'),
        ("[pricing]\nx = 1", "pricing is not a table of models"),
        ("[prices.x]\ninput = 1", "unknown table [prices]; known are [pricing"),
        ("[display.x]\nlong = 'a'", '[display."x"]: unknown key long; known is short'),
        ("[display.x]\nshort = 1", 'short must be a text, for example short = "Opus 4.8"'),
        ("[display.x]\nshort = ' '", "short must be a text"),
        ("[display.x]", "short must be a text"),
        ("[pricing.x\n", "not valid TOML: "),
        ("[pricing.x]\ninput = 1e999999999999999999999", "1e999999999999999999999 is too large a number"),
        ("x = " + "[" * 100_000, "not valid TOML: "),
        ("[pricing.gpt-5.1]\ninput = 1", 'write a name with points in quotes: [pricing."gpt-5.1"]'),
    ],
)
def test_a_wrong_file_is_named_with_what_would_be_right(
    models_toml: Callable[[str], Catalog], tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        models_toml(text)
    assert str(caught.value).startswith(f"{tmp_path / 'models.toml'}: ")
    assert said in str(caught.value)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not valid TOML"):
        Catalog(tmp_path / "models.toml")
    with pytest.raises(UsageError, match="cannot read"):
        Catalog(tmp_path)


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("claude-opus-4-8", "Opus!"),
        ("anthropic/claude-opus-4-8", "Opus!"),
        ("claude-opus-4-8[1m]", "Opus!"),
        ("claude-opus-4-9", "Opus 4.9"),
    ],
)
def test_the_users_name_of_a_model_wins(
    models_toml: Callable[[str], Catalog], model: str, shown: str
) -> None:
    catalog = models_toml('[display."anthropic/claude-opus-4-8"]\nshort = "Opus!"\n')
    assert catalog.display_name(model) == shown


def test_the_overlay_adds_models_and_later_changes(tmp_path: Path) -> None:
    packaged = write_prices(
        tmp_path / "packaged.json", "2026-10-26", {"old": [{"from": "2026-01-01", "input": 1, "output": 1}]}
    )
    overlay = write_prices(
        tmp_path / "prices.json",
        "2026-11-20",
        {
            "new": [{"input": 2, "output": 2}],
            "old": [
                {"input": 9, "output": 9},
                {"from": "2026-10-26", "input": 8, "output": 8},
                {"from": "2026-11-01", "input": 3, "output": 3},
            ],
        },
    )
    catalog = Catalog(overlay=overlay, packaged=packaged)
    assert input_rates(catalog, "new", "2026-01-01", "2026-11-22") == [2, 2]
    assert input_rates(catalog, "old", "2025-01-01", "2026-10-26", "2026-10-31", "2026-11-01") == [1, 1, 1, 3]
    assert catalog.warnings == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b'{\n"#":{"format":9}\n}\n', b'{\n"#":{"format":1},\n"claude-opus-4-6":[7]\n}\n'],
)
def test_a_damaged_overlay_is_left_out_with_a_warning(tmp_path: Path, content: bytes) -> None:
    overlay = tmp_path / "prices.json"
    overlay.write_bytes(content)
    catalog = Catalog(overlay=overlay)
    assert input_rates(catalog, "claude-opus-4-6", "2026-11-22") == [5]
    assert input_rates(catalog, "claude-opus-4-5", "2026-11-22") == [5]
    assert catalog.warnings == [
        f"newer prices in {overlay} cannot be read and are not used; they will be fetched again"
    ]


def test_an_alias_costs_what_the_model_behind_it_costs_on_each_day() -> None:
    catalog = Catalog()
    days = [
        day for change in ("2026-01-27", "2026-04-20", "2026-06-12", "2026-09-11") for day in _around(change)
    ]
    assert input_rates(catalog, "kimi-for-coding", *days) == [0.6, 0.6, 0.6, 0.95, 0.95, 0.95, 0.95, 1]


def _around(day: str) -> list[str]:
    return [f"{day[:8]}{int(day[8:]) - 1:02}", day]


def test_a_price_is_explained() -> None:
    explanation = Catalog().explain("openrouter/anthropic/claude-opus-4.6", "omp", to_day("2026-02-20"))
    forms = [
        "openrouter/anthropic/claude-opus-4.6",
        "anthropic/claude-opus-4.6",
        "claude-opus-4.6",
        "claude-opus-4-6",
    ]
    assert explanation.steps == tuple(Step(form, alias=False) for form in forms)
    assert (explanation.display_name, explanation.price) == ("Opus 4.6", explanation.history[0])
    assert (explanation.until, [price.since for price in explanation.history]) == (
        to_day("2026-03-13"),
        [to_day("2026-02-05"), to_day("2026-03-13")],
    )
    assert explanation.history[0].origin.startswith("model-prices: https://")


def test_before_the_first_known_price_it_holds_until_the_second(tmp_path: Path) -> None:
    history = [{"from": day, "input": 1, "output": 1} for day in ("2026-10-01", "2026-11-01")]
    catalog = Catalog(packaged=write_prices(tmp_path / "p.json", "2026-10-26", {"new": history}))
    for day in ("2026-01-01", "2026-10-31"):
        assert catalog.explain("new", "codex", to_day(day)).until == to_day("2026-11-01")
    assert catalog.explain("new", "codex", to_day("2026-11-01")).until is None


def test_an_alias_is_explained_by_the_model_behind_it_on_that_day() -> None:
    explanation = Catalog().explain("codex-auto-review", "codex", DAY)
    assert explanation.steps == (Step("codex-auto-review", alias=False), Step("gpt-5.6-luna", alias=True))
    assert explanation.until is None
    early = Catalog().explain("codex-auto-review", "codex", to_day("2026-05-01"))
    assert (early.steps[-1], early.until) == (Step("gpt-5.4", alias=True), to_day("2026-07-30"))


def test_a_model_that_no_list_has_is_explained_too() -> None:
    explanation = Catalog().explain("acme/foo-9-high", "omp", DAY)
    assert (explanation.price, explanation.history, explanation.until) == (None, (), None)
    assert [step.model for step in explanation.steps] == ["acme/foo-9-high", "foo-9-high", "foo-9"]
