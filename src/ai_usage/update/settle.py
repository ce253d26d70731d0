"""A server's first starts with a new program: decide whether it has settled or must be rolled back.

The supervisor runs `before_start` from the kept old program, because the new one may not start at all:

    announced, never started   count the start, and let the new program try
    announced and started      it has not settled: put the old program back, and refuse that version from now on
    refused, old still kept    a roll back was cut off: finish it
    anything else              nothing to do
"""

import json
from typing import NamedTuple

from ai_usage.files.atomic import write_atomically
from ai_usage.plain_file import read_plain
from ai_usage.update import replace
from ai_usage.update.replace import Place
from ai_usage.update.version import Version


class State(NamedTuple):
    """The content of the state file beside the program."""

    announced: Version | None = None
    """A version that was put in place and has not settled yet."""
    starts: int = 0
    """The number of its starts so far."""
    refused: Version | None = None
    """A version that did not settle; it is not installed again."""


def read_state(place: Place) -> State:
    """Read the file; a missing or damaged one is an empty state."""
    try:
        found = json.loads(read_plain(place.state))
        return State(
            announced=Version.read(str(found.get("announced"))),
            starts=int(found.get("starts", 0)),
            refused=Version.read(str(found.get("refused"))),
        )
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return State()


def announce(place: Place, version: Version) -> None:
    """Note that a version is about to be put in place."""
    _write(place, State(announced=version))


def before_start(place: Place) -> Version | None:
    """Act on the state; return the version that was rolled back, None without one.

    Raises:
        OSError: the folder cannot be written.
    """
    state = read_state(place)
    if not place.kept.exists() or state == State():
        return None
    if state.announced is not None and state.starts == 0:
        _write(place, state._replace(starts=1))
        return None
    refused = state.announced or state.refused
    _write(place, State(refused=refused))
    replace.roll_back(place)
    return refused


def settle(place: Place, running: Version) -> None:
    """Note that the running program works, so that the old one is no longer needed.

    Raises:
        OSError: the folder cannot be written.
    """
    state = read_state(place)
    if state.announced is not None or place.kept.exists():
        replace.drop_old(place)
    if state.announced is not None or (state.refused is not None and state.refused <= running):
        place.state.unlink(missing_ok=True)


def _write(place: Place, state: State) -> None:
    document = {
        "announced": str(state.announced) if state.announced else None,
        "starts": state.starts,
        "refused": str(state.refused) if state.refused else None,
    }
    write_atomically(place.state, json.dumps(document).encode() + b"\n")
