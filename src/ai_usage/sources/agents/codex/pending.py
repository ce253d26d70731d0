"""Requests that a log tells before its first `turn_context`, which says whose they are."""

from typing import Final

from ai_usage.sources.agents.codex.given import Given
from ai_usage.sources.agents.codex.thread import Thread
from ai_usage.sources.fields import clean_model
from ai_usage.usage.record import UsageRecord, merge, new_record, with_key

_MOST: Final = 256
"""A log with more requests before a `turn_context` has none, as those of the first versions."""
_MOST_COPIES: Final = 4096
"""The same for a log that begins with a copy of another one: all of its requests may stand there."""


class Pending:
    """Holds requests until the first `turn_context`; after it, gives each at once.

    In a log that begins with a copy of another one they are copies: forks keep events of earlier turns and may drop the
    turns. Elsewhere they belong to the turn that follows.
    """

    def __init__(self, thread: Thread, given: Given) -> None:
        self._thread = thread
        self._given = given

    def give(self, record: UsageRecord, *, named: bool) -> None:
        """Give a request, or keep it.

        Args:
            record: the request.
            named: whether its event names its model.
        """
        thread = self._thread
        if thread.settled:
            self._given.add(record)
            return
        if thread.pending and thread.pending[-1][0].dedup_key == record.dedup_key:
            before, was_named = thread.pending.pop()
            record, named = merge(before, record), named or was_named
        thread.pending.append((record, named))
        if len(thread.pending) > (_MOST_COPIES if thread.inherits else _MOST):
            self.settle_without_turn()

    def settle_without_turn(self) -> None:
        """Give what waits as it is: no `turn_context` is to be expected."""
        thread = self._thread
        for record, _ in thread.pending:
            self._given.add(record)
        thread.pending, thread.settled = [], True

    def settle(self) -> None:
        """Give what waits to the turn that begins, or drop it where it was copied."""
        thread = self._thread
        for record, named in thread.pending:
            self._settle_one(record, thread.model if not named else "")
        thread.pending, thread.settled = [], True
        if thread.unpaired is not None:
            thread.unpaired = _of_model(thread.unpaired, thread.model)

    def _settle_one(self, record: UsageRecord, model: str) -> None:
        thread = self._thread
        former_key = key = record.dedup_key
        _, counted, step = key.rpartition(":cumulative:")
        if counted:
            key = f"{thread.prefix}:cumulative:{step}"
        is_copy = bool(counted) and thread.inherits
        if is_copy or key != former_key:
            (self._given.former_copies if is_copy else self._given.former).append(record)
            if thread.pending_told:
                self._given.retract(record)
        if thread.event is not None and thread.event[0] == former_key:
            thread.event = (key, thread.event[1])
        if not is_copy:
            self._given.add(_of_model(with_key(record, key), model))

    def announce(self) -> None:
        """Give away, where the log ends, what waits for a `turn_context` that may never come."""
        thread = self._thread
        for record, _ in thread.pending:
            self._given.add(record)
            thread.pending_told = True


def _of_model(record: UsageRecord, model: str) -> UsageRecord:
    return new_record((*record[:5], clean_model(model), *record[6:])) if model else record
