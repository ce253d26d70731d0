"""The script that makes the packaged prices: on small wheels, and on the file that is there."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.make_prices import make

GENAI = """
providers: list[Provider] = [Provider(id='anthropic', models=[
    ModelInfo(id='claude-a', match=ClauseEquals(equals='claude-a-also'), prices=[
        ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('3'), output_mtok=Decimal('15'),
            cache_read_mtok=TieredPrices(base=Decimal('0.3'), tiers=[Tier(start=200000, price=Decimal('0.6'))]),
            web_searches_kcount=Decimal('10')))]),
    ModelInfo(id='claude-old', prices=[
        ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('9'), output_mtok=Decimal('9'))),
        ConditionalPrice(constraint=StartDateConstraint(start_date=date(2025, 3, 1)),
            prices=ModelPrice(input_mtok=Decimal('8'), output_mtok=Decimal('8')))]),
])]
"""
LITELLM: dict[str, dict[str, Any]] = {
    "claude-a": {
        "input_cost_per_token": 3e-6,
        "output_cost_per_token": 1.5e-5,
        "provider_specific_entry": {"us": 1.1},
    },
    "claude-today": {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6},
    "claude-embed": {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6},
    "claude-a-20260101": {"input_cost_per_token": 3e-6, "output_cost_per_token": 1.5e-5},
}


def rates(day: str | None, usd: float, **more: object) -> dict[str, Any]:
    stated: dict[str, object] = {
        "input": usd,
        "output": usd * 5,
        "source": "https://example.com",
        "valid_from": day,
        **more,
    }
    return {"rates": {**stated, "valid_from_basis": "documented"}, "start": day}


def put_wheels(
    folder: Path, standard: list[dict[str, Any]], litellm: dict[str, dict[str, Any]] | None = None
) -> None:
    snapshot = {
        "updated_at": "2026-10-26T18:46:35Z",
        "prices": {"anthropic": {"claude-a": {"standard": standard}}},
    }
    table = {
        key: {"litellm_provider": "anthropic", "mode": "chat", **row}
        for key, row in (litellm or LITELLM).items()
    }
    files = {
        "model_prices-1-py3-none-any.whl": ("model_prices/snapshot.json", json.dumps(snapshot)),
        "genai_prices-2-py3-none-any.whl": ("genai_prices/data.py", GENAI),
        "litellm-3-py3-none-any.whl": (
            "litellm/model_prices_and_context_window_backup.json",
            json.dumps(table),
        ),
    }
    for wheel, (name, text) in files.items():
        with zipfile.ZipFile(folder / wheel, "w") as archive:
            archive.writestr(name, text)


def made(folder: Path, present: Path) -> dict[str, list[dict[str, Any]]]:
    present.write_text(make(folder, present), encoding="utf-8")
    loaded: dict[str, list[dict[str, Any]]] = json.loads(present.read_text("utf-8"))
    return {
        model: [{key: value for key, value in entry.items() if key != "origin"} for entry in history]
        for model, history in loaded.items()
        if model != "#"
    }


@pytest.fixture
def present(tmp_path: Path) -> Path:
    return tmp_path / "prices.json"


def test_the_sets_complete_one_another(tmp_path: Path, present: Path) -> None:
    put_wheels(tmp_path, [rates("2026-01-01T06:00:00Z", 3), rates("2026-02-01T16:00:00Z", 2, cache_read=0.2)])
    searches = {"us": 1.1, "web_search": 10}
    history = [
        {"from": "2026-01-01", "input": 3, "output": 15, "cache_read": 0.3,
         "above": {"200000": {"cache_read": 0.6}}, **searches},
        {"from": "2026-02-02", "input": 2, "output": 10, "cache_read": 0.2, **searches},
    ]  # fmt: skip
    assert made(tmp_path, present) == {
        "claude-a": history,
        "claude-a-also": [{key: entry[key] for key in entry if key != "us"} for entry in history],
        "claude-old": [{"input": 9, "output": 9}, {"from": "2025-03-01", "input": 8, "output": 8}],
        "claude-today": [{"input": 1, "output": 2}],
    }
    header = json.loads(present.read_text("utf-8"))["#"]
    assert header == {
        "format": 1,
        "data_until": "2026-10-26",
        "sources": {"model-prices": "1", "genai-prices": "2", "litellm": "3"},
    }


def test_the_same_data_make_the_same_file(tmp_path: Path, present: Path) -> None:
    put_wheels(tmp_path, [rates("2026-01-01T00:00:00Z", 3)])
    made(tmp_path, present)
    before = present.read_text("utf-8")
    made(tmp_path, present)
    assert present.read_text("utf-8") == before


def test_nothing_that_the_file_has_is_lost(tmp_path: Path, present: Path) -> None:
    put_wheels(tmp_path, [rates("2026-01-01T00:00:00Z", 3), rates("2026-02-01T00:00:00Z", 2)])
    before = made(tmp_path, present)
    cheaper = {"claude-today": {"input_cost_per_token": 5e-7, "output_cost_per_token": 2e-6}}
    put_wheels(tmp_path, [rates("2026-03-01T00:00:00Z", 1)], cheaper)
    after = made(tmp_path, present)
    assert [(entry["from"], entry["input"]) for entry in after["claude-a"]] == [
        ("2026-01-01", 3), ("2026-02-01", 2), ("2026-03-01", 1),
    ]  # fmt: skip
    assert [entry["us"] for entry in after["claude-a"]] == [1.1] * 3
    assert after["claude-old"] == before["claude-old"]
    assert after["claude-today"] == [
        {"input": 1, "output": 2},
        {"from": "2026-10-26", "input": 0.5, "output": 2},
    ]
    put_wheels(tmp_path, [rates("2026-03-01T00:00:00Z", 1)], {"claude-b": LITELLM["claude-today"]})
    assert made(tmp_path, present) == {**after, "claude-b": [{"input": 1, "output": 2}]}


def test_a_threshold_that_no_prompt_class_knows_stops_the_script(tmp_path: Path, present: Path) -> None:
    put_wheels(
        tmp_path, [rates("2026-01-01T00:00:00Z", 3, tiers=[{"above": 300000, "input": 4, "output": 5}])]
    )
    with pytest.raises(SystemExit, match="extend PROMPT_CLASS_BOUNDS"):
        make(tmp_path, present)


def test_a_missing_wheel_is_named(tmp_path: Path, present: Path) -> None:
    with pytest.raises(SystemExit, match="no wheel of model-prices"):
        make(tmp_path, present)
