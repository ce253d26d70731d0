"""The machines that are known here; loads little, because every report calls it."""

import json
import re
from pathlib import Path
from typing import Final

from ai_usage.errors import LedgerUnreadable
from ai_usage.ledger.ledger import Ledger
from ai_usage.plain_file import read_plain

_HOST_ID: Final = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)
_HIDDEN: Final = "hidden_hosts"


def stored_hosts(folder: Path) -> list[str]:
    """Name the machines whose records are in a folder.

    Raises:
        LedgerUnreadable: the folder cannot be listed.
    """
    try:
        names = [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise LedgerUnreadable(f"{folder} cannot be read ({error.strerror})") from error
    hosts = (name.removesuffix(".bin") for name in names if name.endswith(".bin"))
    return sorted(host for host in hosts if _HOST_ID.fullmatch(host))


def named_hosts(state_path: Path) -> list[str]:
    """Name the machines in the server's last list."""
    try:
        machines = json.loads(read_plain(state_path))["machines"]
        names = [machine["host_id"] for machine in machines]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []
    return sorted(name for name in names if isinstance(name, str) and _HOST_ID.fullmatch(name))


def hidden_hosts(ledger: Ledger) -> set[str]:
    """Return the machines that the person has hidden."""
    return set((ledger.note(_HIDDEN) or "").split())


def hide(ledger: Ledger, host_id: str, *, hidden: bool = True) -> None:
    """Hide a machine in reports and checks, or show it again; its records stay where they are."""
    hosts = hidden_hosts(ledger) | {host_id} if hidden else hidden_hosts(ledger) - {host_id}
    ledger.keep_note(_HIDDEN, " ".join(sorted(hosts)) or None)
