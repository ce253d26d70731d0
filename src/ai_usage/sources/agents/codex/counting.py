"""Which `token_count` events tell a request that no other event told before."""

from ai_usage.sources.agents.codex.counters import (
    NOTHING,
    Counters,
    added,
    beyond,
    difference,
    is_restated,
    read_counters,
    spell,
    tells_nothing,
    was_reset,
)
from ai_usage.sources.agents.codex.former import count_formerly
from ai_usage.sources.agents.codex.given import Given
from ai_usage.sources.agents.codex.lanes import find_lane
from ai_usage.sources.agents.codex.lines import Info, Line, Payload
from ai_usage.sources.agents.codex.pending import Pending
from ai_usage.sources.agents.codex.responses import Responses
from ai_usage.sources.agents.codex.thread import Thread
from ai_usage.usage.instant import parse_instant


class Counting:
    """Follows the counters of one log."""

    def __init__(self, thread: Thread, given: Given, responses: Responses, pending: Pending) -> None:
        self._thread = thread
        self._given = given
        self._responses = responses
        self._pending = pending
        self._spelled_counters = NOTHING
        self._spelled = ""

    def take(self, line: Line, payload: Payload, info: Info) -> None:
        """Count the request that moved a counter; what did not move one is sent again, or an estimate."""
        thread = self._thread
        lanes = thread.lanes
        limits = payload.rate_limits
        lane = name = limits.limit_id[:64] if limits is not None and limits.limit_id is not None else ""
        total = None if info.total_token_usage is None else read_counters(info.total_token_usage)
        if total in lanes.values():
            return
        last = NOTHING if info.last_token_usage is None else read_counters(info.last_token_usage)
        before = lanes.get(lane)
        if before is None and lanes:
            lane = self._find_lane(name, total, last)
            before = lanes.get(lane)
        # `tells_nothing` is only called where the input is 0, which it hardly ever is.
        if total is None or (not total[0] and tells_nothing(total)):
            if not self._is_request(lane, name, total, last):
                return
            current = added(before or NOTHING, last)
        else:
            current, thread.uncounted = total, None
        since = before if before is not None and not was_reset(before, current) else None
        origin = "start"
        if since is not None:
            origin = self._spelled if since is self._spelled_counters else spell(since)
        thread.move(lane, current)
        # The next request of this lane begins where this one ends.
        self._spelled_counters, self._spelled = current, spell(current)
        instant = parse_instant(line.timestamp or "")
        metadata = payload.metadata
        model = payload.model or info.model or (metadata.model if metadata is not None else None)
        counts = moved = last
        key, is_request = "", True
        if not last[0] and tells_nothing(last):
            moved = difference(since or NOTHING, current)
            first_of_child = before is None and thread.inherits and not thread.emptied
            counts = NOTHING if is_restated(info.last_token_usage) or first_of_child else moved
            is_request = not tells_nothing(counts)
        if (
            thread.imported
            or (not thread.turn and thread.is_copied(line.ordinal, instant))
            or (since is None and thread.states_inherited(line.ordinal, current != last))
        ):
            is_request = False
        if is_request:
            key = f"{thread.prefix}:cumulative:{origin}->{self._spelled}"
            told = info.last_token_usage or info.total_token_usage
            silent = told is None or told.reasoning_output_tokens is None
            record = self._given.make(key, counts, instant, model, silent=silent)
            if thread.aborted is not None:
                self._recover(origin, since, current, counts)
            if thread.unpaired is None:
                thread.event = (key, counts)
            else:
                record = self._responses.join(record, counts, since, current)
            if thread.settled:
                self._given.add(record)
            else:
                self._pending.give(record, named=bool(model))
        if not key or thread.former_differs:
            was = (f"{origin}->{self._spelled}", moved)
            if thread.former_lanes is not None:
                counted = count_formerly(thread.former_lanes, name, total, last)
                if counted is None:
                    return
                was = counted
            self._remember_former(line, was, key, instant, model)

    def abort(self, line: Line) -> None:
        """Remember a turn that was aborted: the response to its last request may have come without an event."""
        thread = self._thread
        if not thread.has_responses:
            thread.aborted = self._given.make(
                thread.prefix, NOTHING, parse_instant(line.timestamp or ""), None
            )

    def _find_lane(self, name: str, total: Counters | None, last: Counters) -> str:
        lanes = self._thread.lanes
        if "" in lanes or not name:
            self._keep_former_lanes()
        return find_lane(lanes, name, total or NOTHING, last)

    def _is_request(self, lane: str, name: str, total: Counters | None, last: Counters) -> bool:
        """Whether an event whose counter is 0 or missing tells a request."""
        thread = self._thread
        uncounted, thread.uncounted = thread.uncounted, (lane, last)
        if not tells_nothing(last) and uncounted != (lane, last):
            self._keep_former_lanes()
            return True
        if total is not None and tells_nothing(last):
            # An overflowing context or an import: the counter is set to an estimate, and counts from there.
            thread.lanes.pop(lane, None)
            thread.emptied = True
        if thread.former_lanes is not None:
            count_formerly(thread.former_lanes, name, total, last)
        return False

    def _recover(self, origin: str, since: Counters | None, current: Counters, counts: Counters) -> None:
        """Give what the counter moved by beyond a request, if a turn was aborted before it.

        Codex adds a response to the counter when it is complete, and writes the event when the response's tools are
        done. Aborting a turn ends the tools, so that the event may be missing.
        """
        thread = self._thread
        template, thread.aborted = thread.aborted, None
        more = beyond(since, current, counts) if since is not None else None
        is_copy = thread.inherits and not thread.settled
        if template is None or since is None or more is None or thread.has_responses or is_copy:
            return
        key = f"{template.dedup_key}:cumulative:{origin}->{spell(added(since, more))}"
        found = self._given.make(key, more, template.timestamp, template.model)
        self._given.recovered += 1
        self._pending.give(found._replace(effort=template.effort, undated=template.undated), named=True)

    def _keep_former_lanes(self) -> None:
        thread = self._thread
        if thread.former_lanes is None:
            thread.former_lanes, thread.former_differs = dict(thread.lanes), True

    def _remember_former(
        self, line: Line, was: tuple[str, Counters], key: str, instant: int | None, model: str | None
    ) -> None:
        """Name what version 1 gave for an event, if it has another key now or none."""
        thread = self._thread
        step, counts = was
        former_key = f"{thread.former_prefix}:cumulative:{step}"
        if former_key == key or thread.was_copied(line.ordinal, instant):
            return
        record = self._given.make(former_key, counts, instant, model)
        if key:
            self._given.former.append(record)
        else:
            self._given.former_copies.append(record)
            thread.former_gave_unpaired |= thread.unpaired is not None
