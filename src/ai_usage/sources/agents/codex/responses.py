"""A `token_usage_record` and the `token_count` beside it are one request, which gets the key of the count."""

from ai_usage.sources.agents.codex.counters import NOTHING, Counters, difference, read_counters, spell
from ai_usage.sources.agents.codex.given import Given
from ai_usage.sources.agents.codex.lines import Line, Payload, Usage
from ai_usage.sources.agents.codex.pending import Pending
from ai_usage.sources.agents.codex.thread import Thread
from ai_usage.sources.fields import fit_key
from ai_usage.sources.request_id import identifies_request
from ai_usage.usage.instant import parse_instant
from ai_usage.usage.record import UsageRecord, merge, with_key


class Responses:
    """Keeps a response until its `token_count` comes; one without, such as a compaction's, counts by itself."""

    def __init__(self, thread: Thread, given: Given, pending: Pending) -> None:
        self._thread = thread
        self._given = given
        self._pending = pending

    def take(self, line: Line, payload: Payload, usage: Usage) -> None:
        """Take a `token_usage_record`."""
        thread = self._thread
        thread.has_responses = True
        counts = read_counters(usage)
        instant = parse_instant(line.timestamp or "")
        key, former_key = self._keys(payload, counts)
        unpaired = thread.unpaired
        if key == thread.paired or (unpaired is not None and key == unpaired.dedup_key):
            return
        silent = usage.reasoning_output_tokens is None
        record = self._given.make(key, counts, instant, payload.model, silent=silent)
        if thread.inherits and not thread.settled and payload.thread_id not in (None, thread.id):
            # Its `token_count` may be copied without its turn, and then nothing says that the two are one.
            if instant is not None and instant >= thread.begun:
                self._given.former_copies.append(with_key(record, former_key))
            return
        event = thread.event
        if event is not None and event[1][:5] == counts[:5]:
            thread.paired, thread.event = key, None
            self._pending.give(with_key(record, event[0]), named=bool(payload.model))
            return
        self.release()
        thread.unpaired, thread.unpaired_counts, thread.event = record, counts, None
        thread.former_unpaired, thread.former_gave_unpaired = former_key, False

    def join(
        self, record: UsageRecord, counts: Counters, since: Counters | None, current: Counters
    ) -> UsageRecord:
        """Return a count's request, joined with the response that waits, if that is the same request.

        A response that read its context several times has more tokens than the event says; the counter moved by them.

        Args:
            record: the request as its `token_count` tells it.
            counts: its counts.
            since: where the counter was, None where it started.
            current: where it is.
        """
        thread = self._thread
        response = thread.unpaired
        waiting = thread.unpaired_counts[:5]
        by_movement = waiting != counts[:5]
        if response is None or (by_movement and waiting != difference(since or NOTHING, current)[:5]):
            self.release()
            thread.event = (record.dedup_key, counts)
            return record
        thread.paired, thread.event, thread.unpaired = response.dedup_key, None, None
        if by_movement or thread.former_gave_unpaired:
            self._given.former.append(with_key(response, thread.former_unpaired))
        if thread.announced == response.dedup_key:
            thread.announced = ""
            self._given.retract(response)
        return merge(with_key(response, record.dedup_key), record)

    def release(self) -> None:
        """Give a response for which no `token_count` came."""
        thread = self._thread
        response, thread.unpaired = thread.unpaired, None
        if response is not None:
            self._pending.give(response, named=False)
            self._remember_former(response)

    def announce(self) -> None:
        """Give away, where the log ends, a response whose `token_count` may never come."""
        thread = self._thread
        if thread.unpaired is not None:
            self._given.add(thread.unpaired)
            thread.announced = thread.unpaired.dedup_key
            self._remember_former(thread.unpaired)

    def _remember_former(self, response: UsageRecord) -> None:
        former_key = self._thread.former_unpaired
        if former_key != response.dedup_key:
            self._given.former.append(with_key(response, former_key))

    def _keys(self, payload: Payload, counts: Counters) -> tuple[str, str]:
        """Return the key of a response, and what version 1 took for it."""
        scope = f"codex:response:{payload.thread_id or self._thread.id}"
        spelled = spell(counts)
        response = payload.response_id
        former = fit_key(f"{scope}:{response or f'{payload.turn_id}:{spelled}'}")
        if not response or identifies_request(response):
            return former, former
        return fit_key(f"{scope}:{payload.turn_id}:{response}:{spelled}"), former
