"""Kimi Code's wires as its versions write them, read while they grow: each request counts once."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_usage.usage.record import UsageRecord, merge

from .samples import BY_NAME

KIMI_CODE = BY_NAME["kimi-code"]
AROUND = 7
OWN = "chatcmpl-Qk3xLbR7tWm{}Zk"


class Step(NamedTuple):
    """One request and how it was told."""

    told: str
    """`ended first`, `recorded first`, `broken off`, or `outside` of a turn, with or without a scope that says so.

    `... around`: another request, without a scope, is recorded between the two lines of this one.
    """
    output: int
    answer: str | None
    """The id that the provider gave the answer: one of its own, one that it gives again, or none."""


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            [
                "ended first",
                "ended around",
                "recorded first",
                "recorded around",
                "broken off",
                "outside",
                "outside, unscoped",
            ]
        ),
        st.integers(1, 3),
        st.sampled_from(["own", "chatcmpl-14", None]),
    ),
    max_size=8,
)


def _used(output: int) -> dict[str, int]:
    return {"inputOther": 0, "output": output, "inputCacheRead": 0, "inputCacheCreation": 0}


def _unscoped(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "usageScope"}


def wire(told: list[Step]) -> list[bytes]:
    lines: list[dict[str, Any]] = []
    for number, step in enumerate(told):
        time = 1777900000000 + 1000 * number
        usage = _used(step.output)
        end: dict[str, Any] = {"type": "step.end", "uuid": f"step-{number}", "usage": usage}
        if step.answer:
            end["messageId"] = OWN.format(number) if step.answer == "own" else step.answer
        ended = {"type": "context.append_loop_event", "event": end, "time": time + 500}
        scope = "session" if step.told == "outside" else "turn"
        used = {"type": "usage.record", "model": "k", "usage": usage, "usageScope": scope, "time": time + 400}
        if step.told == "outside, unscoped":
            used = _unscoped(used)
        lines.append({"type": "llm.request", "model": "kimi-k3", "time": time})
        match step.told:
            case "ended first":
                lines += [ended, used]
            case "recorded first":
                lines += [used, ended]
            case "recorded around":
                lines += [used, {**_unscoped(used), "usage": _used(AROUND)}, ended]
            case "ended around":
                lines += [ended, {**_unscoped(used), "usage": _used(AROUND)}, used]
            case _:
                lines.append(used)
    return [json.dumps(line).encode() + b"\n" for line in lines]


def expected(told: list[Step]) -> dict[str, int]:
    """The output of each request by its key."""
    keys = {}
    for number, step in enumerate(told):
        answer = OWN.format(number) if step.answer == "own" else f"step-{number}"
        time = 1777900000000 + 1000 * number + 400
        ends = step.told.startswith(("ended", "recorded"))
        key = f"kimi:response:{answer}" if ends else f"kimi:record:s:main:{time}:0,0,0,{step.output}"
        keys[key] = step.output
        if step.told.endswith("around"):
            keys[f"kimi:record:s:main:{time}:0,0,0,{AROUND}"] = AROUND
    return keys


def outputs(told: list[Step]) -> list[int]:
    """The output of each request."""
    return sorted([step.output for step in told] + [AROUND for step in told if step.told.endswith("around")])


def _told_by_end(told: list[Step]) -> bool:
    """Whether no broken-off step is followed by an equal one that would pass for it."""
    waiting = 0
    for step in told:
        if step.told == "broken off" or (step.told == "outside, unscoped" and not waiting):
            waiting = step.output
        elif step.told.startswith("ended") and step.output == waiting:
            return False
        elif step.told in ("recorded first", "recorded around"):
            waiting = 0
    return True


@given(told=steps, cuts=st.sets(st.floats(0, 1), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
def test_each_request_counts_once_wherever_a_reading_ends(
    tmp_path: Path, told: list[Step], cuts: set[float]
) -> None:
    text = b"".join(wire(told))
    records: dict[str, UsageRecord] = {}
    offset, state = 0, b""
    for end in sorted({round(cut * len(text)) for cut in cuts} | {len(text)}):
        parsed = KIMI_CODE.read(KIMI_CODE.write(tmp_path, text[:end]), offset, state)
        offset, state = parsed.offset, parsed.state
        for record in parsed.records:
            known = records.get(record.dedup_key)
            records[record.dedup_key] = record if known is None else merge(known, record)
    counted = {key: record.output_tokens for key, record in records.items() if not record.retracted}
    assert sorted(counted.values()) == outputs(told)
    if _told_by_end(told):
        assert counted == expected(told)


def test_a_request_is_told_before_its_step_ends_and_under_its_own_name_after(tmp_path: Path) -> None:
    used, ended = wire([Step("recorded first", 5, "own")])[1:]
    first = KIMI_CODE.read(KIMI_CODE.write(tmp_path, used))
    assert [(r.dedup_key, r.output_tokens) for r in first.records] == [
        ("kimi:record:s:main:1777900000400:0,0,0,5", 5)
    ]
    then = KIMI_CODE.read(KIMI_CODE.write(tmp_path, used + ended), first.offset, first.state)
    assert sorted((r.dedup_key, r.output_tokens, r.retracted) for r in then.records) == [
        ("kimi:record:s:main:1777900000400:0,0,0,5", 0, True),
        (f"kimi:response:{OWN.format(0)}", 5, False),
    ]
    again = KIMI_CODE.read(KIMI_CODE.write(tmp_path, used + ended))
    assert [r.dedup_key for r in again.records] == [f"kimi:response:{OWN.format(0)}"]
