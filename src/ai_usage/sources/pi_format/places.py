"""Which folders are Oh My Pi's: pi and Oh My Pi share a variable, so both sources ask.

Read in pi 1.6.0 (`config`, `settings-manager`) and Oh My Pi 18.3.4 (`dirs`).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ai_usage.sources.base import Root
from ai_usage.sources.roots import is_folder, listed

AGENT_DIR: Final = "PI_CODING_AGENT_DIR"
_OMP_VARIABLES: Final = ("OMP_CODING_AGENT_DIR", "OMP_CONFIG_DIR")
_OMP_DATABASE: Final = "agent.db"
"""Oh My Pi keeps its settings in it; pi has no such file."""


def omp_folders(env: Mapping[str, str], home: Path) -> list[Root]:
    """Name Oh My Pi's own folders: those of the first of its variables that is set, else where it writes by default.

    A folder in `PI_CODING_AGENT_DIR` is Oh My Pi's when its database is there, else pi's.
    """
    shared = [
        Root(entry, AGENT_DIR)
        for entry in listed(env.get(AGENT_DIR, ""))
        if os.path.isfile(entry / _OMP_DATABASE)
    ]
    for variable in _OMP_VARIABLES:
        if value := env.get(variable, "").strip():
            return [*(Root(entry, variable) for entry in listed(value)), *shared]
    return [*_defaults(env, home), *shared]


def _defaults(env: Mapping[str, str], home: Path) -> list[Root]:
    """Name the agent's folder below the home, existing or not, and the folders that are there around and besides it."""
    named = env.get("PI_CONFIG_DIR", "").strip()
    below = home / named.lstrip("/\\")
    if named and (named[0] not in "/\\~" or is_folder(below)):
        settings = Root(below, "PI_CONFIG_DIR")
    else:  # a path is not meant for Oh My Pi, which puts it below the home, too
        settings = Root(home / ".omp", "default")
    around = [settings]
    for variable, usual in (("XDG_DATA_HOME", ".local/share"), ("XDG_STATE_HOME", ".local/state")):
        told = env.get(variable, "").strip()  # `omp config init-xdg` moves data and state there
        around.append(Root(Path(told or home / usual) / "omp", variable if told else "default"))
    return [
        settings._replace(path=settings.path / "agent"),
        *(each for each in around if is_folder(each.path)),
    ]
