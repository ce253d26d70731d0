"""The maintained price data sets, each read as data out of its wheel: nothing in a wheel is imported or run.

Each source yields, per model id in lower case, a history: a list of entries in the shape of `prices.json` with
`Decimal` numbers, oldest first. What the sources know besides dated rates (multipliers, fees) stands in the entries
too.
"""

import ast
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ai_usage.pricing.entries import RATES, Entry, Histories, rounded, stated
from ai_usage.pricing.litellm import NOT_FOR_AGENTS

MAKERS = (
    "anthropic", "openai", "google", "moonshotai", "deepseek", "zai", "xai", "minimax", "mistral", "xiaomi", "meta",
    "stepfun-ai", "cursor", "cognition", "poolside", "inception", "longcat", "bailing", "thinkingmachines", "nova",
    "cohere", "upstage", "ai21", "tencent-tokenhub", "sakana", "byteplus", "volcengine", "amazon-bedrock",
    "alibaba", "arcee", "sensenova", "perplexity",
)  # fmt: skip
"""Providers of the first source; where two sell one id, the earlier one's price is taken: its maker's."""

GENAI_MAKERS = {
    "anthropic",
    "openai",
    "google",
    "x-ai",
    "deepseek",
    "moonshotai",
    "mistral",
    "minimax",
    "zai",
    "meta",
}


def wheel(folder: Path, project: str) -> Path:
    """Find the newest wheel of a project in a folder."""
    found = sorted(folder.glob(f"{project.replace('-', '_')}-*.whl"))
    if not found:
        raise SystemExit(
            f"no wheel of {project} in {folder}; run: pip download --no-deps -d {folder} {project}"
        )
    return found[-1]


def version(path: Path) -> str:
    """Read a wheel's version off its name."""
    return path.name.split("-")[1]


def day_of(rates: dict[str, Any], start: str | None) -> str:
    """Move the instant from which rates hold to a midnight UTC, since a record is priced by its day.

    A documented change moves to the nearest midnight. A change that is known from a commit happened before the commit,
    so it moves to the start of its day.
    """
    moment = datetime.fromisoformat(start or rates["valid_from"]).astimezone(UTC)
    if rates.get("valid_from_basis") != "models.dev commit":
        moment += timedelta(hours=12)
    return moment.date().isoformat()


def from_model_prices(path: Path) -> tuple[Histories, str]:
    """Read model-prices: dated histories of the makers' own prices, with corrections; and the day it is complete to."""
    with zipfile.ZipFile(path) as archive:
        snapshot = json.loads(archive.read("model_prices/snapshot.json"), parse_float=Decimal)
    histories: Histories = {}
    for maker in reversed(MAKERS):
        for model, modes in snapshot["prices"].get(maker, {}).items():
            name = model.split("/")[-1].lower()
            if not NOT_FOR_AGENTS.search(name):
                history = [
                    _dated_entry(part["rates"], part["start"]) for part in modes["standard"] if part["rates"]
                ]
                for entry in history:
                    entry["maker"] = maker
                    entry.update(_mode_multipliers(modes, entry))
                histories[name] = []
                follower = "9999"
                for entry in reversed(history):
                    if entry["from"] < follower:  # a first price dated after its correction never held
                        histories[name].insert(0, entry)
                        follower = entry["from"]
    return {name: history for name, history in histories.items() if history}, snapshot["updated_at"][:10]


def _dated_entry(rates: dict[str, Any], start: str | None) -> Entry:
    entry: Entry = {
        "from": day_of(rates, start),
        "origin": f"model-prices: {rates['source']}",
    }
    entry.update(_model_prices_rates(rates))
    if rates.get("tiers"):
        multiple = rates.get("cache_write_1h_multiple")
        entry["above"] = {
            int(tier["above"]): _model_prices_rates({**tier, "cache_write_1h_multiple": multiple})
            for tier in rates["tiers"]
        }
    return entry


def _model_prices_rates(rates: dict[str, Any]) -> Entry:
    found = stated({kind: rates.get(kind) for kind in RATES})
    if rates.get("cache_write_1h_multiple") and rates.get("cache_write"):
        found["cache_write_1h"] = rounded(rates["input"] * rates["cache_write_1h_multiple"])
    return found


def _mode_multipliers(modes: dict[str, Any], standard: Entry) -> Entry:
    """Express the modes that a model was sold in at a time as multiples of its standard price, where they are."""
    found: Entry = {}
    for mode in ("fast", "flex"):
        for part in modes.get(mode, ()):
            rates = part["rates"]
            if rates and day_of(rates, part["start"]) <= standard["from"] and standard["input"]:
                ratios = {
                    (Decimal(str(rates[kind])) / standard[kind]).quantize(Decimal("0.0001"))
                    for kind in ("input", "output", "cache_read")
                    if kind in rates and standard.get(kind)
                }
                if len(ratios) == 1:
                    found[mode] = ratios.pop()
    return found


def from_litellm(path: Path) -> dict[str, dict[str, Any]]:
    """Read LiteLLM's table of today's prices."""
    with zipfile.ZipFile(path) as archive:
        table = archive.read("litellm/model_prices_and_context_window_backup.json")
    loaded: dict[str, dict[str, Any]] = json.loads(table, parse_float=Decimal)
    return loaded


def from_genai_prices(path: Path) -> tuple[Histories, dict[str, set[str]]]:
    """Read genai-prices: dated prices with tiers, one-hour writes and search fees; only exactly named models.

    Returns:
        The histories, and for each name all names that it says are the same model.
    """
    with zipfile.ZipFile(path) as archive:
        tree = ast.parse(archive.read("genai_prices/data.py"))
    assignment = next(
        node for node in tree.body if isinstance(node, ast.AnnAssign) and node.value is not None
    )
    assert assignment.value is not None
    histories: Histories = {}
    same: dict[str, set[str]] = {}
    for provider in _value(assignment.value):
        if provider["id"] in GENAI_MAKERS:
            for model in provider["models"]:
                history = _genai_history(model["prices"])
                names = _exact_names(model)
                for name in names:
                    if history and not NOT_FOR_AGENTS.search(name):
                        histories.setdefault(name, history)
                        same.setdefault(name, names)
    return histories, same


def _value(node: ast.expr) -> Any:
    """Evaluate a literal of nested constructor calls: a call becomes a dict of its keywords."""
    match node:
        case ast.Call(func=ast.Name(id="Decimal")):
            return Decimal(_value(node.args[0]))
        case ast.Call(func=ast.Attribute(attr="date")) | ast.Call(func=ast.Name(id="date")):
            return date(*(_value(argument) for argument in node.args))
        case ast.Call():
            return {keyword.arg: _value(keyword.value) for keyword in node.keywords}
        case ast.List():
            return [_value(item) for item in node.elts]
        case ast.Constant():
            return node.value
        case _:
            return None


def _exact_names(model: dict[str, Any]) -> set[str]:
    names = {model["id"].lower()}
    clauses = [model.get("match") or {}]
    while clauses:
        clause = clauses.pop()
        clauses += clause.get("or_") or []
        if "equals" in clause:
            names.add(clause["equals"].lower())
    return names


def _genai_history(prices: Any) -> list[Entry]:
    history = []
    for part in prices if isinstance(prices, list) else [{"prices": prices}]:
        constraint = part.get("constraint") or {}
        entry = _genai_entry(part["prices"])
        if entry is not None and (not constraint or constraint.get("start_date")):
            if constraint:
                entry["from"] = constraint["start_date"].isoformat()
            history.append(entry)
    return history


def _genai_entry(price: dict[str, Any]) -> Entry | None:
    entry: Entry = {"origin": "genai-prices"}
    above: dict[int, Entry] = {}
    for kind in RATES:
        rate = price.get(f"{kind}_mtok")
        if isinstance(rate, dict):
            entry[kind] = rounded(rate["base"])
            for tier in rate["tiers"]:
                above.setdefault(int(tier["start"]), {})[kind] = rounded(tier["price"])
        elif rate is not None:
            entry[kind] = rounded(rate)
    if "input" not in entry or "output" not in entry:
        return None
    if above:
        entry["above"] = above
    if isinstance(price.get("web_searches_kcount"), Decimal):
        entry["web_search"] = rounded(price["web_searches_kcount"])
    return entry
