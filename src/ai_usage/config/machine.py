"""The name of this machine in reports, in `--host` and on the wire."""

import os
import re
import sys
from pathlib import Path
from typing import Final

NAMELESS: Final = "this-machine"


def machine_name(machine_id: str | None, host_name: str) -> str:
    """Return the name of a machine: its `machine_id`, else its host name reduced to the characters of an id.

    Args:
        machine_id: from a valid secrets file, also when sync is disabled there.
        host_name: the operating system's host name, which may be empty.
    """
    if machine_id is not None:
        return machine_id
    return re.sub(r"[^a-z0-9_-]", "-", host_name.lower())[:64] or NAMELESS


def this_machine_name(machine_id: str | None) -> str:
    """Return the name of the machine that the program runs on; see `machine_name`."""
    return machine_name(machine_id, _host_name())


def system_identity() -> str:
    """Return the operating system's id of this installation; empty if it has none.

    It differs on a copy of the disk on other hardware, where the system made a new id.
    """
    for place in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            return Path(place).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
    if sys.platform == "darwin":
        import subprocess

        try:
            told = subprocess.run(
                ["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"],
                capture_output=True,
                text=True,
                timeout=10,
                check=False,
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return ""
        found = re.search(r'"IOPlatformUUID" = "([^"]+)"', told)
        return found[1] if found else ""
    return ""


def _host_name() -> str:
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")
