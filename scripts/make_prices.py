"""Make `src/ai_usage/pricing/prices.json` from the maintained data sets; what the file has is never lost.

    python -m scripts.make_prices [--wheels FOLDER] [--output FILE]

Without `--wheels` the data sets are downloaded with pip. Read the diff before committing it: each line is a model,
each entry a price with the day it began on and who says so.

Where the sets disagree: dated rates come from model-prices (the makers' own prices over time, with corrections),
else from genai-prices, else from LiteLLM's table (today's price only). Multipliers and search fees that the chosen
set does not state come from the others, and a long-context tier that model-prices lacks from genai-prices.
`price_corrections.toml` has the last word, and says why.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from ai_usage.pricing.entries import EXTRAS, RATES, Entry, Histories, file_text, history_text
from ai_usage.pricing.litellm import BEDROCK_CLAUDE, read_row, read_table
from ai_usage.pricing.price import Price
from ai_usage.pricing.price_file import PriceFile
from ai_usage.usage.model_name import candidates
from ai_usage.usage.prompt_class import PROMPT_CLASS_BOUNDS
from scripts import price_sources as sources

HERE = Path(__file__).parent
OUTPUT = HERE.parent / "src/ai_usage/pricing/prices.json"
PROJECTS = ("model-prices", "genai-prices", "litellm")


def main() -> None:
    """Download, merge, write, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheels", type=Path, help="folder with the wheels; default: download them")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the file to extend")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.wheels or Path(scratch)
        if options.wheels is None:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", scratch, *PROJECTS]
            subprocess.run(pip, check=True)
        text = make(folder, options.output)
    options.output.write_text(text, encoding="utf-8")
    print(
        f"{options.output.name}: {len(PriceFile(text.encode(), '').models())} models, {len(text) // 1000} kB"
    )


def make(folder: Path, present: Path) -> str:
    """Merge the data sets in a folder with the file that is there, and return the new file's text."""
    wheels = {project: sources.wheel(folder, project) for project in PROJECTS}
    versions = {project: sources.version(path) for project, path in wheels.items()}
    corrections = tomllib.loads((HERE / "price_corrections.toml").read_text("utf-8"), parse_float=Decimal)

    dated, data_until = sources.from_model_prices(wheels["model-prices"])
    _correct(dated, corrections)
    genai, same = sources.from_genai_prices(wheels["genai-prices"])
    for name, names in same.items():
        twin = next((twin for twin in sorted(names) if twin in dated), None)
        if twin is not None:
            dated.setdefault(name, dated[twin])
    origin = f"LiteLLM {versions['litellm']}"
    table = sources.from_litellm(wheels["litellm"])
    current = read_table(table, origin)
    for rule in corrections.get("extra", ()):
        entry = read_row(table.get(rule["litellm"], {}), f"{origin}: {rule['litellm']}")
        current[rule["model"]] = [entry] if entry is not None else []
    current = {name: history for name, history in current.items() if not _found_without(name, history, dated)}

    merged = {name: _merge(name, dated, genai, current) for name in sorted({*dated, *genai, *current})}
    old = json.loads(present.read_text("utf-8"), parse_float=Decimal) if present.exists() else {}
    for name, history in old.items():
        if name != "#":
            merged[name] = _with_old(history, merged.get(name, []), data_until)
    merged = {name: _tidy(name, history) for name, history in merged.items()}
    return file_text({"data_until": data_until, "sources": versions}, merged)


def _found_without(name: str, history: list[Entry], dated: Histories) -> bool:
    """Whether a look-up finds the same price, and its history, under a shorter form of the name."""
    shorter = next((form for form in list(candidates(name))[1:] if form in dated), None)
    if name in dated or shorter is None:
        return False
    return BEDROCK_CLAUDE.match(name) is None or _rates(dated[shorter][-1]) == _rates(history[-1])


def _merge(name: str, dated: Histories, genai: Histories, current: Histories) -> list[Entry]:
    """Choose the best history of a model and complete it from the others."""
    chosen = [dict(entry) for entry in dated.get(name) or genai.get(name) or current.get(name) or []]
    others = genai.get(name, [])
    if any(
        entry["input"] for entry in [*chosen, *others]
    ):  # a price of zero before or beside a real one is a stub
        chosen = [entry for entry in chosen if entry["input"]] or [dict(entry) for entry in others]
    for entry, later in pairwise([*chosen, {}]):
        also = _in_force(others, entry.get("from", ""))
        for source in (later, also, _in_force(current.get(name, []), "9999")):
            if (source.get("input"), source.get("output")) == (entry["input"], entry["output"]):
                for key in ("cache_read", "cache_write"):
                    if key in source:  # which a list often learns days after the rest
                        entry.setdefault(key, source[key])
        if also.get("input") == entry["input"] and also.get("above"):
            entry.setdefault("above", also["above"])
    for entry in chosen:
        for other in (current.get(name), genai.get(name)):
            for key in EXTRAS:
                if other and key in other[-1]:
                    entry.setdefault(key, other[-1][key])
    return chosen


def _in_force(history: list[Entry], day: str) -> Entry:
    past = [entry for entry in history if entry.get("from", "") <= day]
    return past[-1] if past else {}


def _correct(histories: Histories, corrections: dict[str, Any]) -> None:
    for rule in corrections.get("multiplier", ()):
        for name in rule["models"]:
            for entry in histories.get(name, ()):
                entry.update({key: rule[key] for key in EXTRAS if key in rule})
    for rule in corrections.get("threshold", ()):
        for entry in (entry for history in histories.values() for entry in history):
            if entry.get("maker") == rule["maker"] and rule["written"] in entry.get("above", {}):
                above = entry["above"]
                entry["above"] = {
                    rule["meant"] if key == rule["written"] else key: above[key] for key in above
                }
    for kind in ("rate", "long_context"):
        for rule in corrections.get(kind, ()):
            rates = {key: rule[key] for key in RATES if key in rule}
            for name in rule["models"]:
                histories[name] = _split_on(rule.get("from", ""), histories.get(name, []))
                for entry in histories[name]:
                    if entry["from"] >= rule.get("from", ""):
                        entry.update({"above": {rule["above"]: rates}} if kind == "long_context" else rates)


def _split_on(day: str, history: list[Entry]) -> list[Entry]:
    """Let an entry of its own begin on a day, if one is in force by then."""
    before = [entry for entry in history if entry["from"] < day]
    after = [entry for entry in history if entry["from"] >= day]
    if before and not any(entry["from"] == day for entry in after):
        after.insert(0, {**before[-1], "from": day})
    return before + after


def _with_old(old: list[Entry], new: list[Entry], data_until: str) -> list[Entry]:
    """Join what the file has of a model with what the data sets say now; nothing of the old is dropped."""
    if new and "from" not in new[-1]:  # today's price without a day: it began when it was first seen
        unchanged = _rates(new[-1]) == _rates(old[-1])
        new = [{**new[-1], "from": old[-1].get("from", "") if unchanged else data_until}]
    by_day = {entry.get("from", ""): entry for entry in old}
    for entry in new:
        day = entry.get("from", "")
        kept = {key: value for key, value in by_day.get(day, {}).items() if key in EXTRAS}
        by_day[day] = {**kept, **entry}
    return [by_day[day] for day in sorted(by_day)]


def _rates(entry: Entry) -> object:
    above = {int(key): tier for key, tier in entry.get("above", {}).items()}
    return {kind: entry[kind] for kind in RATES if kind in entry}, above


def _tidy(name: str, history: list[Entry]) -> list[Entry]:
    """Keep one entry a day, carry multipliers to entries that lack them, drop what repeats the entry before."""
    history = list({entry.get("from", ""): entry for entry in history}.values())
    for key in EXTRAS:
        value = next((entry[key] for entry in history if key in entry), None)
        for entry in history:
            value = entry.setdefault(key, value)
    tidy: list[Entry] = []
    for entry in history:
        above = {_round_threshold(int(key)): tier for key, tier in entry.get("above", {}).items()}
        if not above.keys() <= set(PROMPT_CLASS_BOUNDS):
            raise SystemExit(f"{name}: extend PROMPT_CLASS_BOUNDS, they lack one of {sorted(above)}")
        entry = {**entry, "from": entry.get("from") or None, "above": above}
        if not tidy or _effect(name, tidy[-1]) != _effect(name, entry):
            tidy.append(entry)
    return tidy


def _round_threshold(tokens: int) -> int:
    """Read "from 200,000 on", which some lists say, as "above 200,000": one token's difference."""
    return tokens + 1 if tokens % 1000 == 999 else tokens


def _effect(name: str, entry: Entry) -> Price:
    """Return the price that the program reads from an entry, without its start and origin."""
    content = '{\n"#":{"format":1},\n' + f'"{name}":{history_text([entry])}\n' + "}\n"
    return PriceFile(content.encode(), "").history(name)[0]._replace(since=0, origin="")


if __name__ == "__main__":
    main()
