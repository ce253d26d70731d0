"""Where sync stands: `sync_state.json`, which can be lost without loss, and `sync.log`."""

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
    after_seq: Count = 0
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
    record_count: Count = 0
    proved_at: str = ""
    tried: dict[str, list[str]] = field(default_factory=dict)
    """Days that differ from the server's and were moved in vain: both digests at that time."""
    tried_at: int = 0
    """When, an instant; for this machine's own days only."""


@dataclass
class MachineState:
    """A machine as the server last named it."""

    host_id: HostId
    last_seen: str = ""
    record_count: Count = 0
    content_revision: Count = 0


@dataclass
class State:
    """All that sync remembers outside the ledger and the other machines' files."""

    schema_version: Literal[1] = 1
    server_url: str = ""
    instance_id: str = ""
    server_version: str = ""
    cursor: Cursor = field(default_factory=Cursor)
    machines: list[MachineState] = field(default_factory=list)
    hosts: dict[HostId, HostState] = field(default_factory=dict)
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
        """Read the state; if it is missing or invalid, return the state of a sync that never ran."""
        try:
            return msgspec.json.decode(read_plain(path), type=cls)
        except (OSError, ValueError, RecursionError):
            return cls()

    def write(self, path: Path) -> None:
        """Replace the file by one that only its owner can read.

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
        """Return what is known of a machine, to be changed in place."""
        return self.hosts.setdefault(host_id, HostState())


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
