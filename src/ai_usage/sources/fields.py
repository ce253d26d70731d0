"""Fields that every agent's log has: counts, model names, and lines that nothing identifies."""

import hashlib
from functools import lru_cache

import msgspec

from ai_usage.usage.record import MAX_STORABLE, UsageRecord

_MAX_EQUAL_KEPT = 64
_MAX_MODEL_BYTES = 256


def count(number: int | None) -> int:
    """Read a count: absent, null and negative are 0; one too large for 64 bits becomes the largest that fits."""
    if not number or number < 0:
        return 0
    return number if number <= MAX_STORABLE else MAX_STORABLE


@lru_cache(maxsize=1024)
def clean_model(name: str | None) -> str:
    """Read a model's name: without a provider's prefix, `unknown` when there is none, at most 256 bytes."""
    name = (name or "").strip()
    return name.encode()[:_MAX_MODEL_BYTES].decode(errors="ignore") or "unknown"


class EqualLines:
    """Identities for lines without any id: the n-th of several equal lines of one log.

    Args:
        state: what `state()` returned after the last reading of the same log.
    """

    def __init__(self, state: bytes) -> None:
        self._seen: dict[str, int] = msgspec.msgpack.decode(state, type=dict[str, int]) if state else {}

    def identify(self, record: UsageRecord, *, keep: bool = True) -> UsageRecord:
        """Give a record a key made of what it says and how often the log has said it before."""
        counts = hashlib.sha256(",".join(map(str, record[8:14])).encode()).hexdigest()[:16]
        prefix = f"{record.vendor}:line:{record.session_id}:{record.timestamp}:{record.model}:{counts}"
        nth = self._seen.get(prefix, 0) + 1
        if keep:
            self._seen.pop(prefix, None)
            self._seen[prefix] = nth
            if len(self._seen) > _MAX_EQUAL_KEPT:
                del self._seen[next(iter(self._seen))]
        return record._replace(dedup_key=f"{prefix}:{nth}")

    def state(self) -> bytes:
        """What the next reading of this log must know; equal lines stand close to each other, so the last few do."""
        return msgspec.msgpack.encode(self._seen) if self._seen else b""
