"""An installation without the extra `server`: a real interpreter that has every package but those of the extra."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from ai_usage.server.extra import install_command
from ai_usage.update.installation import Facts

from ..servers import write_config

EXTRA = ("httptools", "starlette", "structlog", "uvicorn", "uvloop", "websockets")
TOLD = "ai-usage-server: the server's packages are not installed (httptools, starlette, structlog, uvicorn);"
RUN = "import sys; from ai_usage.server.main import main; sys.argv[0] = 'ai-usage-server'; main()"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment with links to all packages that the client needs."""
    folder = tmp_path_factory.mktemp("client")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.lower().startswith(EXTRA) and not (packages / entry.name).exists():
            (packages / entry.name).symlink_to(entry)
    return folder / "bin" / "python"


def run(python: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-c", RUN, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("option", [[], ["serve"], ["--check"], ["--trial"]], ids=" ".join)
def test_a_server_without_its_packages_says_what_to_install(
    python: Path, tmp_path: Path, option: list[str]
) -> None:
    done = run(python, *option, write_config(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{TOLD} run: pip install 'ai-usage[server]' (in this installation: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data.db").exists()


def test_what_needs_no_such_package_works_without(python: Path, tmp_path: Path) -> None:
    assert run(python, "--version").returncode == run(python, "--help").returncode == 0
    config = write_config(tmp_path)
    done = run(python, "backup", tmp_path / "copy.db", "--config", config)
    assert "Traceback" not in done.stderr
    assert "pip install" not in done.stderr
    client = subprocess.run(
        [str(python), "-m", "ai_usage", "models", "--json"],
        env={"HOME": str(tmp_path)}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert client.returncode == 0


HERE = Facts(
    program="ai-usage-server",
    started_as=Path("/venv/bin/ai-usage-server"),
    prefix=Path("/venv"),
    python="/venv/bin/python",
    target=None,
    installer="pip",
    source=None,
    marks=frozenset(),
    managers=(),
)


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        pytest.param(HERE, "/venv/bin/python -m pip install 'ai-usage[server]'", id="pip"),
        pytest.param(
            HERE._replace(installer="uv"),
            "uv pip install --python /venv/bin/python 'ai-usage[server]'",
            id="uv in an environment",
        ),
        pytest.param(
            HERE._replace(installer="uv", marks=frozenset({"uv-receipt.toml"})),
            "uv tool install 'ai-usage[server]'",
            id="uv tool",
        ),
        pytest.param(
            HERE._replace(marks=frozenset({"pipx_metadata.json"})),
            "pipx install --force 'ai-usage[server]'",
            id="pipx",
        ),
        pytest.param(
            HERE._replace(source="/src/ai usage"),
            "/venv/bin/python -m pip install -e '/src/ai usage[server]'",
            id="checkout",
        ),
        pytest.param(HERE._replace(installer="dpkg"), None, id="a distribution"),
    ],
)
def test_the_command_is_that_of_the_installation(facts: Facts, command: str | None) -> None:
    assert install_command(facts) == command


def test_this_environment_has_the_extra() -> None:
    from ai_usage.server.extra import check_extra

    assert sys.version_info >= (3, 11)
    check_extra()
