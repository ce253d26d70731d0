"""The state of sync: `sync_state.json`, which sync can rebuild if it is lost, and `sync.log`."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import msgspec

from ai_usage.errors import LedgerReadOnly
from ai_usage.plain_file import read_plain
from ai_usage.usage.instant import to_text
from ai_usage.wire.record import HOST_ID, Count

LOG_BYTES: Final = 1 << 20


HostId = Annotated[str, msgspec.Meta(pattern=rf"\A{HOST_ID.pattern}\Z")]


class Status(StrEnum):
    """Whether a machine's records here match its report."""

    CHECKED = "checked"
    PENDING = "pending"
    """Not known yet: the machine is still sending, or has not reported."""
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    """The server is too old for reports."""


@dataclass
class Cursor:
    """The position up to which the other machines' records were pulled."""

    instance_id: str = ""
    after_seq: Count = 0
    epoch: str | None = None
    merging: bool = False
    """Whether an old server's history is read again from its start and merged with stored, possibly better records."""


@dataclass
class HostState:
    """The state of one machine's records."""

    status: str = Status.PENDING
    reason: str = ""
    """Why the status is not `checked`."""
    range_end: str = ""
    record_count: Count = 0
    proved_at: str = ""
    tried: dict[str, list[str]] = field(default_factory=dict)
    """Days that still differ from the server's after a transfer: both digests at that time."""
    tried_at: int = 0
    """The instant of the last transfer; for this machine's own days only."""


@dataclass
class MachineState:
    """A machine in the server's last list."""

    host_id: HostId
    last_seen: str = ""
    record_count: Count = 0
    content_revision: Count = 0


@dataclass
class State:
    """The state of sync outside the ledger and the other machines' files."""

    schema_version: Literal[1] = 1
    server_url: str = ""
    instance_id: str = ""
    server_version: str = ""
    cursor: Cursor = field(default_factory=Cursor)
    machines: list[MachineState] = field(default_factory=list)
    hosts: dict[HostId, HostState] = field(default_factory=dict)
    ledger_mark: str = ""
    """The ledger's generation and last mark; if they differ from the ledger's own, the ledger was replaced."""
    last_push: str = ""
    last_pull: str = ""
    last_success: str = ""
    last_error: str = ""
    last_error_at: str = ""
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the state; if the file is missing or invalid, return the initial state."""
        try:
            return msgspec.json.decode(read_plain(path), type=cls)
        except (OSError, ValueError, RecursionError):
            return cls()

    def write(self, path: Path) -> None:
        """Write the file, readable only by its owner.

        Raises:
            LedgerReadOnly: it cannot be written.
        """
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(self), file, indent=1)
            draft.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise LedgerReadOnly(f"{path} cannot be written ({error.strerror})") from error

    def host(self, host_id: str) -> HostState:
        """Return the state of a machine; the caller may change it in place."""
        return self.hosts.setdefault(host_id, HostState())


def log(path: Path, now: int, text: str) -> None:
    """Append a line to the log; errors are ignored."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_name(path.name + ".1"))
        wait_for_none = getattr(os, "O_NONBLOCK", 0)  # opening a pipe without a reader would block
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | wait_for_none, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{to_text(now)[:19]}Z {' '.join(text.split())}\n")
