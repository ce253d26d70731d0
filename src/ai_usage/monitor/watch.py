"""The watch: a thread that hears of changes in the folders with logs, and says where it cannot."""

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from ai_usage.sources.roots import is_folder

STEP_MS: Final = 200
"""How long the watching library sleeps between two looks at what it heard."""
DEBOUNCE_MS: Final = 500
_LOOK_MS: Final = 2_000
"""How often to look whether a folder appeared that was missing."""
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
"""File systems whose other users' changes the kernel does not hear of."""


class Woken(Protocol):
    """Whoever reads logs."""

    def wake(self) -> None:
        """Look for new lines now."""

    def poll(self, *, polling: bool) -> None:
        """Look again and again by itself, or no more."""


class Watch(threading.Thread):
    """Wakes the intake when a file in one of the folders changes."""

    def __init__(self, roots: Sequence[str], intake: Woken, mounts: str = "/proc/mounts") -> None:
        """Prepare; `start` begins.

        Args:
            roots: folders, of which some may be missing as yet.
            intake: is woken.
            mounts: the system's table of file systems, where it has one.
        """
        super().__init__(name="watch", daemon=True)
        self._roots = roots
        self._intake = intake
        self._mounts = mounts
        self._leaving = threading.Event()

    def stop(self) -> None:
        """End within a moment."""
        self._leaving.set()

    def run(self) -> None:
        """Watch until told to stop; folders that cannot be watched are left to polling."""
        while not self._leaving.is_set():
            roots = [root for root in self._roots if is_folder(Path(root))]
            try:
                remote = any(is_remote(root, self._mounts) for root in roots)
                self._intake.poll(polling=remote)
                if roots:
                    self._hear(roots)
                else:
                    self._leaving.wait(_LOOK_MS / 1000)
            except Exception:  # noqa: BLE001  # too many watches, a folder that went away: polling needs none of it
                self._intake.poll(polling=True)
                self._leaving.wait(30)

    def _hear(self, roots: list[str]) -> None:
        """Watch some folders until others are there."""
        from watchfiles import watch

        self._intake.wake()  # for what was written before the watch began
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
    """Tell whether a folder lies on a file system that other machines write to.

    Args:
        folder: an existing one.
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
