"""Fields that every agent's log has: counts, costs, times, model names, ids; and keys for lines without any id."""

import math
import os
from functools import lru_cache

import msgspec

from ai_usage.sources.base import LogFile
from ai_usage.usage.record import MAX_STORABLE, UsageRecord, with_key

_MAX_EQUAL_KEPT = 64
_MAX_MODEL_BYTES = 256
_MAX_KEY_BYTES = 500
"""Of the 512 that a key may have: some stay free for what is put behind it."""


def count(number: int | None) -> int:
    """Read a count: absent, null and negative are 0; one too large for 64 bits becomes the largest that fits."""
    if not number or number < 0:
        return 0
    return number if number <= MAX_STORABLE else MAX_STORABLE


def usd(number: float | None) -> float | None:
    """Read a recorded cost, to 15 significant digits; None when it is absent, negative or not finite."""
    if number is None or not 0 <= number < math.inf:
        return None
    return float(f"{number:.15g}")


def dated(instant: int | None, log: LogFile, begun: int | None = None) -> tuple[int, int]:
    """Return when something was logged, and 0; or the log's modification time, and 1, when no usable time is known.

    Args:
        instant: the thing's own time.
        log: where it is logged.
        begun: when the session began; it stands in for a missing time.
    """
    if instant is None:
        instant = begun
    if instant is None:
        return log.mtime_ns // 1000, 1
    return instant, 0


def fit_key(key: str) -> str:
    """Bound an identity to 500 bytes: the rest of a longer one, which no agent writes, becomes a digest."""
    if len(key) <= _MAX_KEY_BYTES // 4:
        return key
    text = key.encode("utf-8", "replace")
    if len(text) <= _MAX_KEY_BYTES:
        return key
    return f"{text[:400].decode(errors='ignore')}:{sha256_hex(text)}"


def sha256_hex(text: bytes) -> str:
    """Digest a text; loads OpenSSL, which few runs need."""
    from hashlib import sha256

    return sha256(text).hexdigest()


def name_in_path(part: str) -> str:
    """Read a part of a path as text; bytes that are not UTF-8 are replaced, since they cannot be stored."""
    return os.fsencode(part).decode("utf-8", "replace")


@lru_cache(maxsize=1024)
def clean_model(name: str | None) -> str:
    """Read a model's name: at most 256 bytes, without a provider's prefix, `unknown` if the log has none.

    A prefix is path-like (`openrouter/anthropic/claude-...`); Bedrock's `us.anthropic.` stays, since it is the region.
    """
    name = (name or "").strip().rpartition("/")[2]
    return name.encode()[:_MAX_MODEL_BYTES].decode(errors="ignore") or "unknown"


class EqualLines:
    """Identities for lines without any id: the n-th of several equal lines of one log.

    Args:
        state: what `state()` returned after the last reading of the same log.
    """

    def __init__(self, state: bytes) -> None:
        self._seen: dict[str, int] = msgspec.msgpack.decode(state, type=dict[str, int]) if state else {}

    def identify(self, record: UsageRecord, *, keep: bool = True, timed: bool = True) -> UsageRecord:
        """Give a record a key from its fields and the number of equal records before it in the log.

        Args:
            record: a record without a key.
            keep: whether the next reading counts this record too.
            timed: whether the record has its own time; a substituted time can change, so the key leaves it out.
        """
        counts = sha256_hex(",".join(str(each or 0) for each in record[8:14]).encode())[:16]
        time = record.timestamp if timed and not record.undated else ""
        prefix = fit_key(f"{record.vendor}:line:{record.session_id}:{time}:{record.model}:{counts}")
        nth = self._seen.get(prefix, 0) + 1
        if keep:
            self._seen.pop(prefix, None)
            self._seen[prefix] = nth
            if len(self._seen) > _MAX_EQUAL_KEPT:
                del self._seen[next(iter(self._seen))]
        return with_key(record, f"{prefix}:{nth}")

    def state(self) -> bytes:
        """The state for the next reading of this log; equal lines are close together, so the last few are enough."""
        return msgspec.msgpack.encode(self._seen) if self._seen else b""
