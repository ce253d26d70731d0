import json
import subprocess
import sys

import pytest

from tests.e2e.homes import Home

HEAVY = (
    "rich",
    "textual",
    "httpx2",
    "msgspec",
    "click",
    "orjson",
    "yaml",
    "plotext",
    "asyncio",
    "subprocess",
)

TELL = """
import json, sys
from ai_usage.__main__ import main
sys.argv = ["ai-usage", *json.loads(sys.argv[1])]
main()
print("\\n" + json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded(home: Home, *words: str) -> set[str]:
    """Run the program and return the heavy modules that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", TELL, json.dumps(words)], env=home.env, input="", capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    modules = set(json.loads(done.stderr.splitlines()[-1]))
    return {name for name in HEAVY if name in modules}


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        pytest.param(["--version"], set(), id="version"),
        pytest.param(["statusline"], set(), id="statusline"),
        pytest.param(["daily", "--json"], set(), id="a JSON report with nothing new"),
        pytest.param(["models", "--csv"], set(), id="a CSV report with nothing new"),
        pytest.param(["ingest"], {"click"}, id="an ingest with nothing new"),
    ],
)
def test_the_hot_paths_load_little(used_home: Home, words: list[str], allowed: set[str]) -> None:
    used_home.run("ingest")
    assert loaded(used_home, *words) <= allowed


def test_the_version_is_one_line(home: Home) -> None:
    from ai_usage import __version__

    assert home.run("--version").stdout == f"ai-usage {__version__}\n"
    assert not (home.path / ".local").exists()
