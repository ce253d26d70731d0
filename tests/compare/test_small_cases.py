"""Small homes on which programs differ: our figures and those of ccusage 20, both worked out by hand.

Where `difference` says why, the two must differ; else they must agree. A new release of ccusage that counts
otherwise makes a test fail; its sentence must then be rewritten.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bench.ccusage import CCUsage, installed

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/case.toml"))
PROGRAM = Path(sys.executable).parent / "ai-usage"
OURS = {
    "input": "input_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write_5m": "cache_creation_5m_input_tokens",
    "cache_write_1h": "cache_creation_1h_input_tokens",
    "output": "output_tokens",
    "cost_usd": "cost_usd",
    "unpriced_tokens": "unpriced_tokens",
}
THEIRS = {
    "input": "inputTokens",
    "cache_read": "cacheReadTokens",
    "cache_write": "cacheCreationTokens",
    "output": "outputTokens",
    "cost_usd": "totalCost",
}


@pytest.fixture(scope="module")
def ccusage() -> CCUsage:
    there = installed()
    if there is None:
        pytest.skip("ccusage is not installed; `python -m scripts.test_needs` installs it")
    return there


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_our_figures_are_those_of_the_rule(case: Path, tmp_path: Path) -> None:
    told = tomllib.loads((case / "case.toml").read_text())
    home = tmp_path / "home"
    env = _environment(home, told)
    command = [str(PROGRAM), "models", "--all", "--json", "--offline"]
    for stage in _stages(case, home):
        report = _report(command, env)
        assert report["totals"]["requests"] > 0, stage
    assert _figures(report["totals"], OURS) == pytest.approx(told["ours"], rel=1e-9)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_ccusage_differs_where_the_case_says_so(case: Path, tmp_path: Path, ccusage: CCUsage) -> None:
    told = tomllib.loads((case / "case.toml").read_text())
    home = tmp_path / "home"
    env = ccusage.environment(home, tmp_path) | _own(told, home)
    for _ in _stages(case, home):
        report = _report(ccusage.daily(), env)
    assert _figures(report["totals"], THEIRS) == pytest.approx(told["theirs"], rel=1e-9)
    ours = told["ours"]
    agreed = {**ours, "cache_write": ours["cache_write_5m"] + ours["cache_write_1h"]}
    assert ("difference" in told) == any(agreed[name] != count for name, count in told["theirs"].items())


def _stages(case: Path, home: Path) -> Any:
    """Put each state of the logs in place: `home`, then `later`, where the case has it."""
    for stage in ("home", "later"):
        if (case / stage).is_dir():
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(case / stage, home)
            yield stage


def _environment(home: Path, told: Mapping[str, Any]) -> dict[str, str]:
    state = home.parent / "state"
    return {
        "HOME": str(home),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": "UTC",
        "XDG_CONFIG_HOME": str(state / "config"),
        "AI_USAGE_DATA_DIR": str(state / "data"),
        "AI_USAGE_CACHE_DIR": str(state / "cache"),
        "AI_USAGE_SECRETS": str(state / "none.yaml"),
    } | _own(told, home)


def _own(told: Mapping[str, Any], home: Path) -> dict[str, str]:
    return {name: value.replace("{home}", str(home)) for name, value in told.get("env", {}).items()}


def _report(command: list[str], env: Mapping[str, str]) -> Any:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _figures(totals: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: totals[theirs] for name, theirs in names.items()}
