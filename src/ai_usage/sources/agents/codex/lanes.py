"""Lanes: the counters of one log, told apart by the quota (`limit_id`) that an event names."""

from ai_usage.sources.agents.codex.counters import Counters, added, was_reset

Lanes = dict[str, Counters]
"""A counter for each `limit_id`; the empty name is the lane of events without one."""


def find_lane(lanes: Lanes, name: str, current: Counters, last: Counters) -> str:
    """Return the lane that an event continues whose own name has no counter yet.

    An event without a name continues the only lane there is; of several, the one whose counter fits. A lane without a
    name gets one when a named event continues its counter.

    Args:
        lanes: at least one; a lane that gets a name is renamed here.
        name: what the event says, or nothing.
        current: the counter of the event.
        last: its request.
    """
    if not name:
        if len(lanes) == 1:
            return next(iter(lanes))
        fitting = (lane for lane, before in lanes.items() if added(before, last) == current)
        return next(fitting, "")
    unnamed = lanes.get("")
    if unnamed is not None and current != last and not was_reset(unnamed, current):
        lanes[name] = lanes.pop("")
    return name
