"""The state that earlier lines of a rollout set for later ones: its owner, turn, model and counters."""

import re
from typing import Any, Final

import msgspec

from ai_usage.sources.agents.codex.counters import Counters
from ai_usage.sources.agents.codex.lanes import Lanes
from ai_usage.sources.agents.codex.lines import Payload
from ai_usage.sources.fields import sha256_hex
from ai_usage.sources.request_id import identifies_request
from ai_usage.usage.instant import SECOND, parse_instant
from ai_usage.usage.record import UsageRecord

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII | re.IGNORECASE)
_MAX_ID_BYTES: Final = 100
_MAX_LANES: Final = 32
_BURST: Final = SECOND
"""No model answers this soon after a rollout's first line, so such lines are copies from the parent's rollout."""
_IMPORTED: Final = "external-import-turn-"
"""Turns of another agent's session that Codex imported: their counts are estimates."""


class Thread(msgspec.Struct, array_like=True):
    """A rollout's state between two lines, and, as msgpack, between two readings."""

    id: str = ""
    session: str = ""
    """The session that a person sees; for a sub-agent, its parent's."""
    root: str = ""
    """The sessions from which this one was forked, directly or indirectly, if the log names them."""
    turn: str = ""
    prefix: str = ""
    """The prefix of keys, which distinguishes requests with equal counters."""
    model: str = ""
    effort: str | None = None
    cwd: str | None = None
    branch: str | None = None
    side_chain: int = 0
    inherits: bool = False
    """Whether the rollout may begin with a copy of another one's lines."""
    first_own_ordinal: int = 0
    begun: int = 0
    """The later of the session's own time and that of the first line, before which nothing is copied; 0 if unknown."""
    lanes: Lanes = {}  # msgspec copies it
    uncounted: tuple[str, Counters] | None = None
    """Lane and counts of the last event if its counter was 0 or missing: the next such event may repeat it."""
    emptied: bool = False
    """Whether a counter was set to 0: then it is known where the next one starts, also in a fork's log."""
    imported: bool = False
    """Whether the turn belongs to an imported session of another agent."""
    settled: bool = False
    """Whether counts need not wait for a `turn_context` any more."""
    pending: list[tuple[UsageRecord, bool]] = []  # msgspec copies it
    """Requests before the first `turn_context`, and whether their events name a model."""
    pending_told: bool = False
    """Whether a reading returned `pending` because the log ended there."""
    aborted: UsageRecord | None = None
    """What is known of a request whose response may have come while its turn was aborted; its key is a prefix."""
    unpaired: UsageRecord | None = None
    """A `token_usage_record` whose `token_count` may still come; its key is the one that it has without."""
    unpaired_counts: Counters = (0, 0, 0, 0, 0, 0)
    announced: str = ""
    """The key under which a reading returned `unpaired` because the log ended there."""
    paired: str = ""
    """The key without `token_count` of the last record that had one: it is not counted again."""
    event: tuple[str, Counters] | None = None
    """Key and counts of the last request from a `token_count` without a `token_usage_record`."""
    has_responses: bool = False
    """Whether the log has a `token_usage_record`: then each response has one, also that of an aborted turn."""
    former_begun: int = 0
    """What version 1 took for `begun`."""
    former_prefix: str = ""
    former_differs: bool = False
    """Whether version 1 had other lanes or another prefix here."""
    former_lanes: Lanes | None = None
    """The lanes of version 1, from where they differ from `lanes`."""
    former_unpaired: str = ""
    """The key of version 1 for `unpaired`."""
    former_gave_unpaired: bool = False
    """Whether version 1 gave `unpaired` under that key, since something else came before its `token_count`."""

    def adopt(self, stem: str) -> None:
        """Use a file name as the thread's id without a `session_meta`; of `rollout-<time>-<uuid>` the last part."""
        self.id = self.session = self.root = _bounded(stem[-36:] if _UUID.match(stem[-36:]) else stem)
        self.lanes.clear()
        self._name_keys()

    def introduce(self, meta: Payload, line_time: str | None) -> None:
        """Handle a `session_meta`: the first names the session, later ones the ancestors of copied lines."""
        name = _bounded(meta.id or meta.session_id or "")
        ancestor = _bounded(meta.forked_from_id or "")
        if not name or name == self.id:
            return
        if self.id:
            self.root = ancestor or name
            self.inherits = True
            self._name_keys()
            return
        self.id = name
        self.root = ancestor or name
        self._name_keys()
        self.cwd = meta.cwd
        self.branch = meta.git.branch if meta.git is not None else None
        parent, self.side_chain = _bounded(_parent(meta)), int(_is_sub_agent(meta))
        session = _bounded(meta.session_id or "")
        self.session = parent if self.side_chain and session in ("", name) and parent else session or name
        base = meta.history_base.end_ordinal_exclusive if meta.history_base is not None else None
        self.inherits = bool(ancestor or parent or self.side_chain or base)
        self.first_own_ordinal = max(meta.subagent_history_start_ordinal or 0, base or 0)
        line_instant = parse_instant(line_time or "") or 0
        self.begun = max(parse_instant(meta.timestamp or "") or 0, line_instant)
        self.former_begun = parse_instant(meta.timestamp or line_time or "") or 0

    def turn_to(self, context: Payload) -> None:
        """Handle a `turn_context`, which applies to the requests from here on."""
        turn = _bounded(context.turn_id or "")
        self.imported = turn.startswith(_IMPORTED)
        within_session = f"session:{self.root}:{turn}"
        is_uuid = _UUID.match(turn) is not None
        self.turn = turn if not turn or (is_uuid and identifies_request(turn)) else within_session
        self._name_keys(turn if is_uuid else self.turn)
        self.model = context.model or self.model
        self.effort = context.effort
        self.cwd = context.cwd or self.cwd

    def start_task(self, turn: str) -> None:
        """Handle the beginning of a task; a task of an imported session has no `turn_context`."""
        self.imported = turn.startswith(_IMPORTED)

    def is_copied(self, ordinal: int | None, instant: int | None) -> bool:
        """Whether an event without a turn was copied from the rollout that this one goes on from."""
        return self._is_in_copy(ordinal, instant, self.begun)

    def states_inherited(self, ordinal: int | None, is_more: bool) -> bool:
        """Whether a lane's first event only states the counter that another thread left, although a turn is known.

        A reviewer goes on from the checkpoint of an earlier one: its last turn and counter, without the rest.

        Args:
            ordinal: the number of the line.
            is_more: whether the counter is more than the event's own request.
        """
        in_copy = ordinal is not None and ordinal < self.first_own_ordinal
        return in_copy and is_more and self.unpaired is None

    def was_copied(self, ordinal: int | None, instant: int | None) -> bool:
        """Whether version 1 took an event for a copy."""
        return not self.turn and self._is_in_copy(ordinal, instant, self.former_begun)

    def _is_in_copy(self, ordinal: int | None, instant: int | None, begun: int) -> bool:
        if self.first_own_ordinal and ordinal is not None:
            return ordinal < self.first_own_ordinal
        return self.inherits and instant is not None and instant <= begun + _BURST

    def move(self, lane: str, current: Counters) -> None:
        """Set a lane's counter."""
        self.lanes[lane] = current
        if len(self.lanes) > _MAX_LANES:
            del self.lanes[next(iter(self.lanes))]

    def _name_keys(self, former_turn: str = "") -> None:
        self.prefix = f"codex:turn:{self.turn}" if self.turn else f"codex:session:{self.root}"
        self.former_prefix = f"codex:turn:{former_turn}" if former_turn else self.prefix
        self.former_differs = self.former_lanes is not None or self.former_prefix != self.prefix


def _bounded(name: str) -> str:
    """Limit the length of an id from a log, to keep the state small."""
    return name if len(name.encode()) <= _MAX_ID_BYTES else sha256_hex(name.encode())


def _parent(meta: Payload) -> str:
    source: Any = meta.source
    for name in ("subagent", "thread_spawn"):
        source = source.get(name) if isinstance(source, dict) else None
    spawner = source.get("parent_thread_id") if isinstance(source, dict) else None
    return meta.parent_thread_id or (spawner if isinstance(spawner, str) else "")


def _is_sub_agent(meta: Payload) -> bool:
    spawned = isinstance(meta.source, dict) and "subagent" in meta.source
    return spawned or "subagent" in (meta.source, meta.thread_source)
