"""Limits on open connections: one for all of them, and one for each address."""

import resource
from collections import Counter
from typing import Final

from ai_usage.server.auth import Proxies, neighbourhood

_MOST: Final = 4096
_MOST_OF_ONE_ADDRESS: Final = 256
_OTHER_FILES: Final = 64
"""Files that are not connections: the database's, the log, the event loop's."""


class Connections:
    """Counts the open connections. A trusted proxy has connections of many clients, so only the total limits it."""

    def __init__(self, proxies: Proxies, most: int, most_of_one_address: int = _MOST_OF_ONE_ADDRESS) -> None:
        self._proxies = proxies
        self._most = most
        self._most_of_one_address = most_of_one_address
        self._held: Counter[str] = Counter()
        self._total = 0

    def admit(self, peer: str) -> bool:
        """Count a new connection; False if it exceeds a limit and must be closed."""
        key = neighbourhood(peer)
        self._total += 1
        self._held[key] += 1
        if self._total > self._most:
            return False
        return self._held[key] <= self._most_of_one_address or self._proxies.trust(peer)

    def release(self, peer: str) -> None:
        """Forget a connection that was closed, admitted or not."""
        key = neighbourhood(peer)
        self._total -= 1
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]


def most_connections() -> int:
    """Return the number of connections that this process's limit of open files allows."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if files == resource.RLIM_INFINITY else max(1, min(_MOST, files - _OTHER_FILES))
