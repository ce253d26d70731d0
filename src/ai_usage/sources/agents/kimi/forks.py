"""Find the sessions of Kimi Code from which a session was forked."""

import os
from typing import Final

from ai_usage.sources.fields import name_in_path
from ai_usage.sources.side_file import read_side_file

_MAX_FORKS: Final = 64


def session_folder(path: str) -> tuple[str, str]:
    """The session's folder and the agent; the first versions wrote no `agents/<agent>/`."""
    folder, agent = os.path.split(os.path.dirname(path))
    session, agents = os.path.split(folder)
    return (session, name_in_path(agent)) if agents == "agents" else (os.path.join(folder, agent), "main")


def read_lineage(folder: str) -> tuple[list[str], str | None]:
    """The session and those it was forked from, as far as they are still there, and where it works."""
    above, session = os.path.split(folder)
    state = read_side_file(os.path.join(folder, "state.json"))
    work_dir = state.get("cwd") or state.get("workDir")  # version 2, version 1
    lineage = [session]
    while (
        isinstance(older := state.get("forkedFrom"), str)
        and older
        and os.path.basename(older) == older
        and older not in lineage
        and len(lineage) < _MAX_FORKS
    ):
        lineage.append(older)
        state = read_side_file(os.path.join(above, older, "state.json"))
    return [name_in_path(each) for each in lineage], work_dir if isinstance(work_dir, str) else None
