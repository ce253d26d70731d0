"""Trees of Codex threads, written as Codex writes them, with every request noted when it is made."""

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, Final

Usage = dict[str, int]
Request = tuple[str, int, int, int]
"""Model, fresh input, cached input, output."""

NOTHING: Final[Usage] = dict.fromkeys(
    ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens", "total_tokens"), 0
)
MODELS: Final = ("gpt-5.5", "gpt-5.4", "gpt-5.6-sol")


def thread_id(number: int) -> str:
    """A UUID of its own for each thread."""
    return f"019f0000-0000-7000-8000-{number:012x}"


class Tree:
    """Threads and what they used.

    Args:
        rng: decides what happens.
    """

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.requests: Counter[Request] = Counter()
        self.turns = 0
        self.has_responses = rng.random() < 0.5
        """Whether this version of Codex writes `token_usage_record`."""
        self.threads = [Thread(self, 1, 0.0, None)]
        for number in range(2, rng.randint(3, 12)):
            thread = rng.choice(self.threads)
            if rng.random() < 0.5:
                thread = Thread(self, number, thread.clock + 1, thread)
                self.threads.append(thread)
            thread.work()

    def write(self, home: Path) -> None:
        """Write a rollout for each thread; some are archived, and some lie in both places."""
        for thread in self.threads:
            name = f"rollout-2026-09-01T10-00-00-{thread_id(thread.number)}.jsonl"
            places = self.rng.choice(
                (["sessions/2026/09/01"], ["archived_sessions"], ["sessions", "archived_sessions"])
            )
            for place in places:
                path = home / ".codex" / place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("".join(json.dumps(line) + "\n" for line in thread.lines))


class Thread:
    """One thread: its rollout's lines, its counter, and what a fork copies of it."""

    def __init__(self, tree: Tree, number: int, began: float, parent: "Thread | None") -> None:
        rng = self._rng = tree.rng
        self._tree = tree
        self.number = number
        self.lines: list[dict[str, Any]] = []
        self._history: list[tuple[str, dict[str, Any]]] = []
        self.total, self._last = NOTHING, NOTHING
        self._counted = False
        self._lane = rng.choice(["codex", None])
        self._model = rng.choice(MODELS)
        self._turn = ""
        self.clock = began + rng.choice([0, 0.05, 1.7, 4, 86])
        meta: dict[str, Any] = {"id": thread_id(number), "timestamp": _time(began), "source": "cli"}
        if parent is not None:
            meta["forked_from_id"] = thread_id(parent.number)
            if rng.random() < 0.5:
                meta["source"] = {
                    "subagent": {"thread_spawn": {"parent_thread_id": thread_id(parent.number)}}
                }
        self._line("session_meta", meta)
        if parent is not None:
            self._inherit(parent, rng.choice(["all", "counts", "counter", "nothing"]))

    def work(self) -> None:
        """Run one turn of some requests, with all that Codex writes between them."""
        rng = self._rng
        self._begin_turn()
        if self.total != NOTHING and rng.random() < 0.3:
            self._count(NOTHING)
        for _ in range(rng.randint(0, 4)):
            what = rng.random()
            if what < 0.6:
                self._request()
            elif what < 0.75 and self.total != NOTHING:
                self._count(rng.choice([NOTHING, self._last if self._counted else NOTHING]))
            elif what < 0.8 and self.total != NOTHING:
                self._count(NOTHING | {"total_tokens": 4000})
            elif what < 0.85 and self._tree.has_responses:
                self._respond(self._use())  # a compaction
            elif what < 0.9:
                self.total = self._last = NOTHING | {"total_tokens": 258_400}
                self._count(self._last)
            elif self._counted and self.total["input_tokens"]:
                self._abort()

    def _inherit(self, parent: "Thread", what: str) -> None:
        """Copy a parent's lines: `all`, the `counts` without their turns, the `counter` only, or `nothing`."""
        self.clock += 0.001
        if what != "nothing":
            self.total, self._last, self._lane = parent.total, parent._last, parent._lane
        if what in ("all", "counts"):
            self._line("session_meta", {"id": thread_id(parent.number), "timestamp": _time(0)})
            dropped = () if what == "all" else ("turn_context", "token_usage_record")
            self._history = [each for each in parent._history if each[0] not in dropped]
            self._counted = parent._counted
            for kind, payload in self._history:
                self._line(kind, payload)
        if what in ("counts", "counter") and self.total != NOTHING and self._rng.random() < 0.6:
            self.clock += self._rng.uniform(0, 5)
            self._count(NOTHING)

    def _begin_turn(self) -> None:
        self._tree.turns += 1
        self._turn = f"019f1111-0000-7000-8000-{self._tree.turns:012x}"
        if self._rng.random() < 0.3:
            self._model = self._rng.choice(MODELS)
        self._append(
            self._rng.uniform(0.01, 3), "turn_context", {"turn_id": self._turn, "model": self._model}
        )
        if self._rng.random() < 0.2:
            self._lane = self._lane or "codex"

    def _request(self) -> None:
        usage = self._use()
        if self._tree.has_responses:
            self._respond(usage)
        self._add(usage)
        self._count(usage)

    def _abort(self) -> None:
        """Complete a response whose event is never written, since its turn is aborted; the next turn goes on."""
        usage = self._use()
        if self._tree.has_responses:
            self._respond(usage)
        self._add(usage)
        self._append(1, "event_msg", {"type": "turn_aborted", "turn_id": self._turn, "reason": "interrupted"})
        self._begin_turn()
        self._request()

    def _use(self) -> Usage:
        """Note a request, of which no other one has the counts."""
        given, number = self._rng.randint(1000, 90_000), self._tree.requests.total() + 1
        cached, output = self._rng.randint(0, given), 3000 * number + self._rng.randint(1, 2000)
        self._tree.requests[self._model, given - cached, cached, output] += 1
        counts = (given, cached, output, 0, given + output)
        return dict(zip(NOTHING, counts, strict=True))

    def _add(self, usage: Usage) -> None:
        self.total, self._last = {name: self.total[name] + usage[name] for name in NOTHING}, usage
        self._counted = True

    def _respond(self, usage: Usage) -> None:
        response = f"resp_{self._rng.getrandbits(96):024x}"
        record = {"thread_id": thread_id(self.number), "turn_id": self._turn, "response_id": response}
        self._append(3, "token_usage_record", record | {"usage": usage})

    def _count(self, last: Usage) -> None:
        info = {"total_token_usage": self.total, "last_token_usage": last}
        limits = {"limit_id": self._lane} if self._lane else None
        self._append(0.5, "event_msg", {"type": "token_count", "info": info, "rate_limits": limits})

    def _append(self, pause: float, kind: str, payload: dict[str, Any]) -> None:
        self.clock += pause
        self._history.append((kind, payload))
        self._line(kind, payload)

    def _line(self, kind: str, payload: dict[str, Any]) -> None:
        self.lines.append({"timestamp": _time(self.clock), "type": kind, "payload": payload})


def _time(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"2026-09-01T{10 + hours:02}:{minutes:02}:{rest:06.3f}Z"
