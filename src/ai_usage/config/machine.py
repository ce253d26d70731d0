"""What this machine is called in reports, in `--host` and on the wire."""

import os
import re
from typing import Final

NAMELESS: Final = "this-machine"


def machine_name(machine_id: str | None, host_name: str) -> str:
    """Return the name of a machine: its `machine_id`, else its host name in the letters that an id may have.

    Args:
        machine_id: from a valid secrets file, also when sync is disabled there.
        host_name: as the operating system tells it, which may be empty.
    """
    if machine_id is not None:
        return machine_id
    return re.sub(r"[^a-z0-9_-]", "-", host_name.lower())[:64] or NAMELESS


def this_machine_name(machine_id: str | None) -> str:
    """Return the name of the machine that the program runs on; see `machine_name`."""
    return machine_name(machine_id, _host_name())


def _host_name() -> str:
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")
