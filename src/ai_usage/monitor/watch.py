"""The watch: a thread that is notified of changes in the folders with logs, and reports if it cannot be."""

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from ai_usage.sources.roots import is_folder

STEP_MS: Final = 200
"""How long the watching library sleeps between two checks for notifications."""
DEBOUNCE_MS: Final = 500
_LOOK_MS: Final = 2_000
"""How often to check whether a missing folder has appeared."""
_REMOTE: Final = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "drvfs",
        "fuse.sshfs",
        "glusterfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "vboxsf",
    }
)
"""File systems on which the kernel does not see other machines' changes."""


class Woken(Protocol):
    """The reader of logs."""

    def wake(self) -> None:
        """Look for new lines now."""

    def poll(self, *, polling: bool) -> None:
        """Start or stop searching at intervals."""


class Watch(threading.Thread):
    """Wakes the intake when a file in one of the folders changes."""

    def __init__(self, roots: Sequence[str], intake: Woken, mounts: str = "/proc/mounts") -> None:
        """Prepare; `start` begins.

        Args:
            roots: folders; some may not exist yet.
            intake: the reader to wake.
            mounts: the system's table of file systems, if it has one.
        """
        super().__init__(name="watch", daemon=True)
        self._roots = roots
        self._intake = intake
        self._mounts = mounts
        self._leaving = threading.Event()

    def stop(self) -> None:
        """End soon."""
        self._leaving.set()

    def run(self) -> None:
        """Watch until stopped; folders that cannot be watched are polled."""
        while not self._leaving.is_set():
            roots = [root for root in self._roots if is_folder(Path(root))]
            try:
                remote = any(is_remote(root, self._mounts) for root in roots)
                self._intake.poll(polling=remote)
                if roots:
                    self._hear(roots)
                else:
                    self._leaving.wait(_LOOK_MS / 1000)
            except Exception:  # noqa: BLE001  # too many watches, or a removed folder: polling still works
                self._intake.poll(polling=True)
                self._leaving.wait(30)

    def _hear(self, roots: list[str]) -> None:
        """Watch some folders until a missing one appears."""
        from watchfiles import watch

        self._intake.wake()  # for lines written before the watch began
        heard = watch(
            *roots,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            stop_event=self._leaving,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for changes in heard:
            if changes:
                self._intake.wake()
            if [root for root in self._roots if is_folder(Path(root))] != roots:
                return


def is_remote(folder: str, mounts: str) -> bool:
    """Tell whether a folder is on a file system that other machines can write.

    Args:
        folder: an existing folder.
        mounts: the system's table of file systems; without one every folder counts as local.
    """
    if not sys.platform.startswith("linux"):
        return False
    real = os.path.realpath(folder) + "/"
    best, kind = "", ""
    try:
        with Path(mounts).open(encoding="utf-8", errors="surrogateescape") as table:
            for line in table:
                fields = line.split(" ")
                place = fields[1].replace("\\040", " ").rstrip("/") + "/" if len(fields) > 2 else ""
                if place and real.startswith(place) and len(place) >= len(best):
                    best, kind = place, fields[2]
    except OSError:
        return False
    return kind in _REMOTE
