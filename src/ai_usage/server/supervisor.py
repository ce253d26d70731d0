"""Told to a supervisor in the words of systemd's `sd_notify(3)`: that the server serves, and that it still does."""

import contextlib
import socket
from collections.abc import Mapping
from typing import Final

_PER_LIMIT: Final = 3
"""How many signs of life are given in the time after which the supervisor takes the server for dead."""
_UNWATCHED_S: Final = 3600


class Supervisor:
    """The supervisor that started this process, if it listens."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """Look where it listens.

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
        """Say the first time that the server serves, and then that it still does; called where requests are served."""
        said, self._knows = b"WATCHDOG=1" if self._knows else b"READY=1", True
        if not self._place:
            return
        # A missing supervisor must not stop serving.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.setblocking(False)
            to.sendto(said, self._place)
