"""Codex logs as a program that counts like Codex would write them, read while they grow."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_usage.sources.agents.codex import Codex
from ai_usage.sources.base import LogFile
from ai_usage.usage.record import UsageRecord, merge

Counts = dict[str, int]

_NOTHING = {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0, "total_tokens": 0}


class Writer:
    """Writes a rollout and remembers which requests were made."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.requests: list[tuple[str, int, int, int]] = []
        self._totals: dict[str, Counts] = {}
        self._last: dict[str, Counts] = {}
        self._model = "unknown"
        self._add("session_meta", id="019a0000-0000-7000-8000-000000000001")

    def _add(self, kind: str, **payload: Any) -> None:
        time = f"2026-05-02T10:{len(self.lines) // 60:02}:{len(self.lines) % 60:02}.000Z"
        self.lines.append(json.dumps({"timestamp": time, "type": kind, "payload": payload}) + "\n")

    def turn(self, number: int) -> None:
        model = f"gpt-{number}"
        if self._model == "unknown":  # what came before takes the model of the first turn
            self.requests = [(model, *request[1:]) for request in self.requests]
        self._model = model
        self._add("turn_context", turn_id=f"019a1111-0000-7000-8000-{number:012}", model=self._model)

    def say(self, number: int) -> None:
        self._add("response_item", type="message", text='"token_count" ' * number)

    def request(self, lane: str, counts: Counts, record: str) -> None:
        """Make a request; `record` says where its own record stands: `none`, `before`, `after`, or `alone`."""
        fresh, cached, output = (counts[name] for name in list(_NOTHING)[:3])
        self.requests.append((self._model, fresh - cached, cached, output))
        response = {"thread_id": "t", "response_id": f"resp_{len(self.lines)}", "usage": counts}
        if record in ("before", "alone"):
            self._add("token_usage_record", **response)
        if record != "alone":
            total = self._totals.get(lane, _NOTHING)
            self._totals[lane] = {name: total[name] + counts[name] for name in _NOTHING}
            self._last[lane] = counts
            self.repeat(lane)
        if record == "after":
            self._add("token_usage_record", **response)

    def repeat(self, lane: str) -> None:
        """Send a lane's last event again."""
        if lane in self._totals:
            info = {"total_token_usage": self._totals[lane], "last_token_usage": self._last[lane]}
            self._add("event_msg", type="token_count", info=info, rate_limits={"limit_id": lane})

    def compact(self, lane: str) -> None:
        """Send an unmoved counter with an estimate as the last usage."""
        if lane in self._totals:
            self._last[lane] = _NOTHING | {"total_tokens": 4000}
            self.repeat(lane)

    def reset(self, lane: str) -> None:
        self._totals.pop(lane, None)


lanes = st.sampled_from(["codex", "codex_mini"])


@st.composite
def logs(draw: st.DrawFn) -> Writer:
    writer = Writer()
    for step in range(draw(st.integers(1, 14))):
        match draw(
            st.sampled_from(["turn", "say", "repeat", "compact", "reset", "request", "request", "request"])
        ):
            case "turn":
                writer.turn(draw(st.integers(1, 3)))
            case "say":
                writer.say(draw(st.integers(0, 3)))
            case "repeat":
                writer.repeat(draw(lanes))
            case "compact":
                writer.compact(draw(lanes))
            case "reset":
                writer.reset(draw(lanes))
            case _:
                # Sizes fall from step to step, so that a counter that was reset is seen to have sunk.
                given = 10_000 - 100 * step + draw(st.integers(0, 50))
                counts = {
                    "input_tokens": given,
                    "cached_input_tokens": draw(st.integers(0, given)),
                    "output_tokens": 600 - 10 * step,
                    "total_tokens": given + 600 - 10 * step,
                }
                record = draw(st.sampled_from(["none", "before", "before", "after", "alone"]))
                writer.request(draw(lanes), counts, record)
    return writer


def _read(path: Path, cuts: list[int]) -> dict[str, UsageRecord]:
    """Read a log while it grows to each size in turn, copies merged and what was taken back left out."""
    text = path.read_bytes()
    grown = path.with_suffix(".grown")
    records: dict[str, UsageRecord] = {}
    offset, state = 0, b""
    for cut in cuts:
        grown.write_bytes(text[:cut])
        with grown.open("rb", buffering=0) as file:
            parsed = Codex().parse(file, LogFile(str(path), 1, 1, cut, 0), offset, state)
        offset, state = parsed.offset, parsed.state
        assert parsed.finished
        assert parsed.rejected_count == 0
        for record in parsed.records:
            known = records.get(record.dedup_key)
            records[record.dedup_key] = record if known is None else merge(known, record)
    return {key: record for key, record in records.items() if not record.retracted}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs(), st.data())
def test_every_request_counts_once_however_the_log_grew(
    tmp_path: Path, writer: Writer, data: st.DataObject
) -> None:
    path = tmp_path / "rollout.jsonl"
    path.write_text("".join(writer.lines))
    size = path.stat().st_size
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=8)))

    whole = _read(path, [size])
    told = Counter(
        (r.model, r.input_tokens, r.cache_read_input_tokens, r.output_tokens) for r in whole.values()
    )

    assert told == Counter(writer.requests)
    assert _read(path, [*cuts, size]) == whole


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs())
def test_a_log_read_line_by_line_gives_what_one_reading_gives(tmp_path: Path, writer: Writer) -> None:
    path = tmp_path / "rollout.jsonl"
    path.write_text("".join(writer.lines))
    cuts = [len("".join(writer.lines[:count])) for count in range(len(writer.lines) + 1)]

    assert _read(path, cuts) == _read(path, cuts[-1:])
