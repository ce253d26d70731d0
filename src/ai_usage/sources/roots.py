"""Where an agent may keep its logs: its own variable, `<VENDOR>_CONFIG_DIR`, or the default."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ai_usage.sources.base import Root


def find_roots(
    env: Mapping[str, str], variables: Sequence[str], defaults: Sequence[Path], inner: Sequence[str]
) -> list[Root]:
    """Name the folders that hold an agent's logs, existing or not, each once and in order.

    Args:
        env: the environment.
        variables: names of variables, the first that is set replaces the defaults. Its value is a comma-separated
            list; each entry is the agent's folder or the one inside it that holds the logs.
        defaults: the agent's folders when no variable is set.
        inner: the names of the folders inside the agent's folder that hold logs; `""` stands for the folder itself.
    """
    for variable in variables:
        if value := env.get(variable, "").strip():
            return unique(
                Root(folder, variable) for entry in listed(value) for folder in log_folders(entry, inner)
            )
    return unique(Root(folder, "default") for entry in defaults for folder in log_folders(entry, inner))


def listed(value: str) -> list[Path]:
    """Read a comma-separated list of folders; the `~` of an unknown user stays, while `Path.expanduser` would fail."""
    return [Path(os.path.expanduser(entry.strip())) for entry in value.split(",") if entry.strip()]


def log_folders(entry: Path, inner: Sequence[str]) -> list[Path]:
    """Return the folders with logs of an entry: those inside it, or the entry itself if it is one of them."""
    folders = [entry / name for name in inner]
    if entry.name in inner and not any(map(is_folder, folders)):
        return [entry]
    return folders


def is_folder(path: Path) -> bool:
    """Tell whether a folder exists; inside an unreadable folder this is False, while `Path.is_dir` would fail."""
    return os.path.isdir(path)


def unique(roots: Iterable[Root]) -> list[Root]:
    """Drop roots that are equal to an earlier one or inside it."""
    kept: list[tuple[Path, Root]] = []
    for root in roots:
        real = root.path.resolve()
        if not any(real.is_relative_to(other) for other, _ in kept):
            kept.append((real, root))
    return [root for _, root in kept]
