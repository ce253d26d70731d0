"""Notify a supervisor with systemd's `sd_notify(3)` protocol that the server is ready and alive."""

import contextlib
import socket
from collections.abc import Mapping
from typing import Final

_PER_LIMIT: Final = 3
"""The number of notifications within the supervisor's watchdog timeout."""
_UNWATCHED_S: Final = 3600


class Supervisor:
    """The supervisor that started this process, if it listens."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """Read the supervisor's address.

        Args:
            env: the environment; `NOTIFY_SOCKET` and `WATCHDOG_USEC` are systemd's.
        """
        place = env.get("NOTIFY_SOCKET", "")
        self._place = "\0" + place[1:] if place.startswith("@") else place
        limit_us = env.get("WATCHDOG_USEC", "")
        self.every_s = int(limit_us) // 1_000_000 // _PER_LIMIT or 1 if limit_us.isdecimal() else _UNWATCHED_S
        """How often `tell` is to be called."""
        self._knows = False

    async def tell(self) -> None:
        """Send "ready" at the first call and "alive" at later ones; called in the loop that serves requests."""
        said, self._knows = b"WATCHDOG=1" if self._knows else b"READY=1", True
        if not self._place:
            return
        # A missing supervisor must not stop serving.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.setblocking(False)
            to.sendto(said, self._place)
