from pathlib import Path

from ai_usage.config.paths import Paths, find_paths

HOME = Path("/home/ada")


def test_without_variables_the_folders_are_those_of_the_xdg_specification() -> None:
    assert find_paths({}, HOME) == Paths(
        data=HOME / ".local/share/ai-usage",
        cache=HOME / ".cache/ai-usage",
        config=HOME / ".config/ai-usage",
        secrets=HOME / ".secrets/ai-usage.yaml",
    )


def test_xdg_variables_move_the_folders_unless_they_are_relative() -> None:
    env = {"XDG_DATA_HOME": "/d", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "/c"}
    assert find_paths(env, HOME) == Paths(
        data=Path("/d/ai-usage"),
        cache=HOME / ".cache/ai-usage",
        config=Path("/c/ai-usage"),
        secrets=HOME / ".secrets/ai-usage.yaml",
    )


def test_own_variables_name_the_folders_themselves() -> None:
    env = {
        "AI_USAGE_DATA_DIR": "~/usage",
        "AI_USAGE_CACHE_DIR": "relative",
        "AI_USAGE_SECRETS": "/s.yaml",
        "XDG_DATA_HOME": "/d",
    }
    assert find_paths(env, HOME) == Paths(
        data=HOME / "usage",
        cache=Path.cwd() / "relative",
        config=HOME / ".config/ai-usage",
        secrets=Path("/s.yaml"),
    )


def test_the_files_stand_in_their_folders() -> None:
    paths = find_paths({}, HOME)
    assert (paths.ledger, paths.remote, paths.price_overlay, paths.settings, paths.models) == (
        HOME / ".local/share/ai-usage/ledger.db",
        HOME / ".cache/ai-usage/remote",
        HOME / ".cache/ai-usage/prices.json",
        HOME / ".config/ai-usage/config.toml",
        HOME / ".config/ai-usage/models.toml",
    )
