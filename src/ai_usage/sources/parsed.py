"""The results of reading a log: records, rejected lines, and the position to continue from."""

from typing import Final, NamedTuple

from ai_usage.usage.record import UsageRecord

MAX_REJECTED_KEPT: Final = 5


class Rejected(NamedTuple):
    """A line, or a whole file, that could not be read."""

    reason: str
    """A short fixed phrase, such as `line too long`; never text from the log."""
    offset: int
    """Where the line begins, in bytes."""


class Parsed:
    """What one reading of one file gave: the file's records from `start` on, and where to go on next time.

    `state` is whatever the parser must know to go on at `offset` (counters per lane, model, pending requests):
    msgpack, at most some kilobytes, opaque to everyone else, empty when nothing is pending.
    """

    # Not a data class, which would load `inspect`.
    __slots__ = (
        "finished",
        "former",
        "former_copies",
        "offset",
        "records",
        "rejected",
        "rejected_count",
        "state",
    )

    def __init__(self, offset: int = 0, state: bytes = b"", *, finished: bool = True) -> None:
        self.records: list[UsageRecord] = []
        self.former: list[UsageRecord] = []
        """Records that an older version of the parser gave for these bytes and that no longer count: wrong ones, and
        requests with another key now. The ledger retracts those that it has."""
        self.former_copies: list[UsageRecord] = []
        """Such records that may be copies of a request in another log, which still counts under that key: the ledger
        keeps its record if that is dated earlier, since a copy is written later."""
        self.rejected: list[Rejected] = []
        """At most `MAX_REJECTED_KEPT` of them; `rejected_count` has them all."""
        self.rejected_count = 0
        self.offset = offset
        """The end of the last whole line that was read, in bytes."""
        self.finished = finished
        """False when the reading stopped in the middle to bound memory; another one goes on from `offset`."""
        self.state = state

    def reject(self, reason: str, offset: int) -> None:
        """Count something that could not be read, and keep the first few for `ai-usage sources`."""
        self.rejected_count += 1
        if len(self.rejected) < MAX_REJECTED_KEPT:
            self.rejected.append(Rejected(reason, offset))
