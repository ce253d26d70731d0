"""What version 1 of this parser counted and this one does not, so that a ledger takes it back.

Version 1 kept a lane for each spelling of `limit_id`, took any movement of a counter for a request if the event's own
counts were 0, and dropped a request whose counter was 0.
"""

from ai_usage.sources.agents.codex.counters import (
    NOTHING,
    Counters,
    added,
    difference,
    spell,
    tells_nothing,
    was_reset,
)
from ai_usage.sources.agents.codex.lanes import Lanes


def count_formerly(
    lanes: Lanes, name: str, total: Counters | None, last: Counters
) -> tuple[str, Counters] | None:
    """Count an event as version 1 did.

    Args:
        lanes: the counters of version 1, which this moves.
        name: of the event's lane.
        total: the event's counter, None where it has none.
        last: its request.

    Returns:
        The end of the key, and the counts; None when version 1 saw no request.
    """
    before = lanes.get(name)
    current = added(before or NOTHING, last) if total is None else total
    if current in lanes.values():
        return None
    if tells_nothing(current):
        lanes.pop(name, None)
        return None
    lanes[name] = current
    if before is not None and was_reset(before, current):
        before = None
    counts = difference(before or NOTHING, current) if tells_nothing(last) else last
    return f"{spell(before) if before is not None else 'start'}->{spell(current)}", counts
