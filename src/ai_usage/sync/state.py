"""Where sync stands: `sync_state.json`, which can be lost without loss, and `sync.log`."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self, get_args, get_type_hints

from ai_usage.errors import LedgerReadOnly
from ai_usage.plain_file import read_plain
from ai_usage.usage.instant import to_text

LOG_BYTES: Final = 1 << 20


class Status(StrEnum):
    """Whether a machine's records here are what it reported."""

    CHECKED = "checked"
    PENDING = "pending"
    """Not known yet: the machine is in the middle of its work, or has not reported."""
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    """The server is older than reports."""


@dataclass
class Cursor:
    """Up to where the other machines' records were pulled."""

    instance_id: str = ""
    after_seq: int = 0
    epoch: str | None = None
    merging: bool = False
    """Whether an older server's history is read again from its start, over records that may be better."""


@dataclass
class HostState:
    """What is known of one machine's records."""

    status: str = Status.PENDING
    reason: str = ""
    """Why they are not checked."""
    range_end: str = ""
    record_count: int = 0
    proved_at: str = ""
    tried: dict[str, list[str]] = field(default_factory=dict)
    """Days that differ from the server's and were moved in vain: both digests at that time."""


@dataclass
class MachineState:
    """A machine as the server last named it."""

    host_id: str = ""
    last_seen: str = ""
    record_count: int = 0
    content_revision: int = 0


@dataclass
class State:
    """All that sync remembers outside the ledger and the other machines' files."""

    schema_version: int = 1
    server_url: str = ""
    instance_id: str = ""
    server_version: str = ""
    cursor: Cursor = field(default_factory=Cursor)
    machines: list[MachineState] = field(default_factory=list)
    hosts: dict[str, HostState] = field(default_factory=dict)
    ledger_mark: str = ""
    """The ledger's generation and last mark: another ledger was put in its place when they differ from its own."""
    last_push: str = ""
    last_pull: str = ""
    last_success: str = ""
    last_error: str = ""
    last_error_at: str = ""
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the state; one that is missing or makes no sense is as if sync had never run."""
        try:
            document = json.loads(read_plain(path))
        except (OSError, ValueError, RecursionError):
            return cls()
        if not isinstance(document, dict) or document.get("schema_version") != 1:
            return cls()
        try:
            state = _build(cls, document)
            assert isinstance(state, cls)
            return state
        except (TypeError, ValueError, AttributeError):
            return cls()

    def write(self, path: Path) -> None:
        """Replace the file by one that only its owner can read.

        Raises:
            LedgerReadOnly: it cannot be written.
        """
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(self), file, indent=1)
            draft.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise LedgerReadOnly(f"{path} cannot be written ({error.strerror})") from error

    def host(self, host_id: str) -> HostState:
        """Return what is known of a machine, to be changed in place."""
        return self.hosts.setdefault(host_id, HostState())


def _build(kind: type[Any], document: dict[str, Any]) -> Any:
    """Build a dataclass from JSON, leaving out keys that it does not know."""
    hints = get_type_hints(kind)
    values = {}
    for each in fields(kind):
        if each.name not in document:
            continue
        value, hint = document[each.name], hints[each.name]
        inner = get_args(hint)
        if hint in (Cursor,):
            value = _build(hint, value)
        elif inner and inner[-1] in (MachineState, HostState):
            value = (
                [_build(inner[0], item) for item in value]
                if isinstance(value, list)
                else {key: _build(inner[1], item) for key, item in value.items()}
            )
        elif hint in (str, int, bool) and type(value) is not hint:
            raise TypeError(each.name)
        values[each.name] = value
    return kind(**values)


def log(path: Path, now: int, text: str) -> None:
    """Append a line to the log; a log that cannot be written stops nothing."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_name(path.name + ".1"))
        wait_for_none = getattr(os, "O_NONBLOCK", 0)  # a pipe without a reader would stop it
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | wait_for_none, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{to_text(now)[:19]}Z {' '.join(text.split())}\n")
