"""Authentication: the token, compared in constant time; failures per address; the machine named by the client."""

import hmac
import ipaddress
import math
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ai_usage.wire.record import HOST_ID

_FIRST_DELAY_S: Final = 0.1
_LONGEST_DELAY_S: Final = 2.0
_LONGEST_QUEUE_S: Final = 3.0
_FORGIVEN_AFTER_S: Final = 900.0
_ADDRESSES_KEPT: Final = 10_000


def token_matches(authorization: str | None, token: str) -> bool:
    """Compare a request's `Authorization` with the token, in constant time."""
    scheme, _, given = (authorization or "").partition(" ")
    said = given.strip().encode("utf-8", "replace")
    return hmac.compare_digest(said, token.encode()) and scheme.lower() == "bearer"


class Proxies:
    """The proxies that are trusted to name a client's address."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(each, strict=False) for each in trusted]

    def trust(self, peer: str) -> bool:
        """Tell whether the peer of a connection is one of these proxies."""
        address = _address(peer)
        return address is not None and any(address in each for each in self._networks)

    def client_address(self, peer: str, said: Sequence[str]) -> str:
        """Return the client's address of a request.

        Args:
            peer: the other end of the connection.
            said: the lines of the header in which proxies name clients, in order. Together they are one list, and the
                proxy next to us wrote its last entry.
        """
        address = None
        if self.trust(peer):
            address = _address(_without_port(",".join(said).rpartition(",")[2].strip()))
        return str(address or _address(peer) or peer)


@dataclass(slots=True)
class _Failures:
    count: int
    last: float
    free_at: float
    """The time at which the answers to all failures so far have been sent."""


class SlowDown:
    """Delays the answer to a wrong token, longer with every failure from the same address.

    Answers to one address queue up, so that many connections cannot guess faster than one. A right token is never
    delayed.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def delay_s(self, address: str, now: float) -> float | None:
        """Note a failure and return for how many seconds its answer is to wait; None: too many wait already.

        Args:
            address: the client's address.
            now: seconds of a monotonic clock.
        """
        key = neighbourhood(address)
        known = self._failures.pop(key, None)
        if known is None or now - known.last > _FORGIVEN_AFTER_S:
            known = _Failures(0, now, now)
        self._failures[key] = known
        if len(self._failures) > _ADDRESSES_KEPT:
            self._failures.popitem(last=False)
        queue = max(known.free_at - now, 0.0)
        if queue > _LONGEST_QUEUE_S:
            return None
        step = 0.0 if known.count == 0 else _FIRST_DELAY_S * 2.0 ** min(known.count - 1, 16)
        known.count += 1
        known.last = now
        known.free_at = now + queue + min(step, _LONGEST_DELAY_S)
        return known.free_at - now

    def retry_after_s(self, address: str, now: float) -> int:
        """Return the whole seconds after which an address may try again."""
        known = self._failures.get(neighbourhood(address))
        return max(1, math.ceil(known.free_at - now)) if known else 1


def identity_fault(client: str | None, allowed_hosts: Collection[str] | None) -> tuple[int, str] | None:
    """Return the status and text that refuse a request because of its client header, None if it is allowed."""
    if client is None:
        return None
    if HOST_ID.fullmatch(client) is None:
        return 400, "invalid client identity"
    if allowed_hosts is not None and client not in allowed_hosts:
        return 403, "host_id is not allowed"
    return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; an IPv4 address is one also where a socket of both kinds writes it as IPv6."""
    try:
        address = ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _without_port(text: str) -> str:
    """Cut off the port that some proxies write: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    return (
        text.partition("]")[0]
        if text.startswith("[")
        else text.partition(":")[0]
        if text.count(":") == 1
        else text
    )


def neighbourhood(address: str) -> str:
    """Return an IPv4 address unchanged, and for an IPv6 address the network that one customer gets."""
    parsed = _address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
