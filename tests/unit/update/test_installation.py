from pathlib import Path

import pytest

from ai_usage.update.installation import (
    Facts,
    Installation,
    Managed,
    SingleFile,
    find_installation,
    recognise,
)

PIP = Facts(
    program="ai-usage",
    started_as=Path("/venv/bin/ai-usage"),
    prefix=Path("/venv"),
    python="/venv/bin/python",
    target=None,
    installer="pip",
    source=None,
    marks=frozenset(),
    managers=("apt-get install --only-upgrade ai-usage",),
)


@pytest.mark.parametrize(
    ("facts", "installation"),
    [
        pytest.param(
            PIP._replace(
                started_as=Path("/home/me/bin/ai-usage"), prefix=Path("/cache"), target="x86_64-linux-gnu"
            ),
            SingleFile(Path("/home/me/bin/ai-usage"), "x86_64-linux-gnu"),
            id="single-file",
        ),
        pytest.param(
            PIP._replace(
                started_as=Path("/cache/lib/__main__.py"), prefix=Path("/cache"), target="x86_64-linux-gnu"
            ),
            Managed("a single file that was unpacked", "ai-usage update"),
            id="what-a-single-file-unpacked",
        ),
        pytest.param(PIP, Managed("pip", "/venv/bin/python -m pip install --upgrade 'ai-usage'"), id="pip"),
        pytest.param(
            PIP._replace(python="/home/my user/venv/bin/python"),
            Managed("pip", "'/home/my user/venv/bin/python' -m pip install --upgrade 'ai-usage'"),
            id="pip-in-a-folder-with-blanks",
        ),
        pytest.param(
            PIP._replace(source="/home/my user/ai-usage"),
            Managed("a checkout of its source", "git -C '/home/my user/ai-usage' pull"),
            id="source-in-a-folder-with-blanks",
        ),
        pytest.param(
            PIP._replace(program="ai-usage-server"),
            Managed("pip", "/venv/bin/python -m pip install --upgrade 'ai-usage[server]'"),
            id="pip-server",
        ),
        pytest.param(
            PIP._replace(marks=frozenset({"pipx_metadata.json"})),
            Managed("pipx", "pipx upgrade ai-usage"),
            id="pipx",
        ),
        pytest.param(
            PIP._replace(marks=frozenset({"uv-receipt.toml"}), installer="uv"),
            Managed("uv", "uv tool upgrade ai-usage"),
            id="uv-tool",
        ),
        pytest.param(
            PIP._replace(installer="uv"),
            Managed("uv", "uv pip install --python /venv/bin/python --upgrade 'ai-usage'"),
            id="uv-pip",
        ),
        pytest.param(
            PIP._replace(prefix=Path("/opt/homebrew/Cellar/ai-usage/4.0.0/libexec")),
            Managed("Homebrew", "brew upgrade ai-usage"),
            id="homebrew",
        ),
        pytest.param(
            PIP._replace(installer="debian"),
            Managed("the packages of your system", "apt-get install --only-upgrade ai-usage"),
            id="distribution",
        ),
        pytest.param(
            PIP._replace(installer="", managers=()),
            Managed("the packages of your system", "use the package manager of your system"),
            id="unknown",
        ),
        pytest.param(
            PIP._replace(source="/home/me/ai-usage"),
            Managed("a checkout of its source", "git -C /home/me/ai-usage pull"),
            id="checkout",
        ),
    ],
)
def test_who_may_replace_the_program_follows_from_how_it_came(
    facts: Facts, installation: Installation
) -> None:
    assert recognise(facts) == installation


def test_these_tests_run_from_a_checkout() -> None:
    root = Path(__file__).parents[3]
    assert find_installation("ai-usage") == Managed("a checkout of its source", f"git -C {root} pull")
