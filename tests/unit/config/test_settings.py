from pathlib import Path

import pytest

from ai_usage.config.settings import Settings, UpdateSettings, read_settings
from ai_usage.errors import UsageError

VENDORS = ("claude", "codex")
HOME = Path("/home/ada")


def read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    return read_settings(path, VENDORS, HOME)


def test_without_a_file_nothing_is_configured(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "config.toml", VENDORS, HOME) == Settings()


def test_folders_are_listed_by_vendor(tmp_path: Path) -> None:
    text = '[sources]\nclaude = ["~/old/claude", "/mnt/claude"]\ncodex = "/mnt/codex"\n[display]\ntheme = "light"\n'
    assert read(tmp_path, "\ufeff" + text) == Settings(
        {"claude": (HOME / "old/claude", Path("/mnt/claude")), "codex": (Path("/mnt/codex"),)}, "light"
    )


def test_releases_can_come_from_elsewhere(tmp_path: Path) -> None:
    text = '[update]\napi_url = "https://git.example/api/v1"\nrepository = "ada/ai-usage"\n'
    assert read(tmp_path, text) == Settings(
        update=UpdateSettings("https://git.example/api/v1", "ada/ai-usage")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "[update]\nurl = 1",
            "unknown key 'update.url'; known: update.api_url, update.repository",
            id="update",
        ),
        pytest.param(
            "[update]\napi_url = 1",
            "update.api_url is 1; write an address that begins with https://",
            id="api",
        ),
        pytest.param(
            "[update]\nrepository = '../x'", "update.repository is '../x'; write owner/name", id="repository"
        ),
        pytest.param("sourcs = 1", "unknown key 'sourcs'; known: sources, display, update", id="key"),
        pytest.param(
            "[sources]\nclod = []",
            "unknown key 'sources.clod'; known: sources.claude, sources.codex",
            id="vendor",
        ),
        pytest.param(
            "[display]\ncolor = 1", "unknown key 'display.color'; known: display.theme", id="display"
        ),
        pytest.param(
            "sources = 1", "sources is not a table; write [sources] on a line of its own", id="table"
        ),
        pytest.param(
            "[sources]\nclaude = [1]",
            'sources.claude is not a list of folders; write claude = ["~/logs"]',
            id="list",
        ),
        pytest.param(
            "[sources]\nclaude = ['']",
            'sources.claude is not a list of folders; write claude = ["~/logs"]',
            id="empty",
        ),
        pytest.param(
            "[sources]\nclaude = 'logs'",
            "sources.claude: 'logs' is relative; begin it with / or ~/",
            id="relative",
        ),
        pytest.param(
            "[display]\ntheme = 'blue'", "display.theme is 'blue'; write one of auto, light, dark", id="theme"
        ),
        pytest.param(
            '[sources]\nclaude = "/a\\u0000b"',
            "sources.claude: '/a\\x00b' has a NUL in it, which no folder can have",
            id="nul",
        ),
        pytest.param("= 1", "is not TOML: Invalid statement (at line 1, column 1)", id="syntax"),
    ],
)
def test_an_unknown_setting_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(tmp_path, text)
    assert str(raised.value) == f"{tmp_path / 'config.toml'}: {message}"


@pytest.mark.parametrize("text", ["x = " + "[" * 100_000, "x = " + "1" * 10_000], ids=["deep", "digits"])
def test_what_the_parser_gives_up_on_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"config\.toml: is not TOML: "):
        read(tmp_path, text)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_settings(tmp_path, VENDORS, HOME)
    assert str(raised.value) == f"{tmp_path}: cannot be read: Is a directory"
