"""What parsers name for a ledger to take back, where an older version of them gave another key or a wrong record."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from .samples import BY_NAME

USED: Final[dict[str, Any]] = {"input": 100, "output": 10, "cacheRead": 0, "cacheWrite": 0}
OWN: Final = "chatcmpl-Qk3xLbR7tWmZk4pV"


def status(answer: str) -> dict[str, Any]:
    usage = {"input_other": 100, "output": 10, "input_cache_read": 0, "input_cache_creation": 0}
    payload = {"token_usage": usage, "message_id": answer}
    return {"timestamp": 1777800000.5, "message": {"type": "StatusUpdate", "payload": payload}}


def step(answer: str) -> dict[str, Any]:
    usage = {"inputOther": 100, "output": 10, "inputCacheRead": 0, "inputCacheCreation": 0}
    event = {"type": "step.end", "uuid": "11111111-aaaa-4000-8000-000000000001", "messageId": answer}
    loop = {"type": "context.append_loop_event", "event": {**event, "usage": usage}}
    return {**loop, "time": 1777900000000}


def message(answer: str, entry: str | None = None) -> dict[str, Any]:
    told = {"role": "assistant", "model": "m", "responseId": answer, "usage": USED}
    return {"type": "message", "id": entry, "message": {**told, "timestamp": 1778000000000}}


@pytest.mark.parametrize(
    ("name", "line", "now", "former"),
    [
        (
            "kimi-cli",
            status("chatcmpl-14"),
            ["kimi:response:chatcmpl-14:at:1777800000500:100,0,0,10"],
            ["kimi:response:chatcmpl-14"],
        ),
        ("kimi-cli", status(OWN), [f"kimi:response:{OWN}"], []),
        (
            "kimi-code",
            step("chatcmpl-14"),
            ["kimi:response:11111111-aaaa-4000-8000-000000000001"],
            ["kimi:response:chatcmpl-14"],
        ),
        ("kimi-code", step(OWN), [f"kimi:response:{OWN}"], []),
        (
            "pi",
            message("chatcmpl-14", "e1"),
            ["pi:at:1778000000000:m:100,0,0,0,10"],
            ["pi:at:1778000000000:response:chatcmpl-14"],
        ),
        ("pi", message(OWN, "e1"), [f"pi:at:1778000000000:response:{OWN}"], []),
        (
            "omp",
            message("chatcmpl-14"),
            ["omp:response:chatcmpl-14:at:1778000000000:100,0,0,0,10"],
            ["omp:response:chatcmpl-14"],
        ),
        ("omp", message("chatcmpl-14", "e1"), ["omp:message:e1:response:chatcmpl-14"], []),
        (
            "omp",
            message("msg_01Hq7ZkV9wTn3Rb5", "claude-0f0f-message-2"),
            [],
            ["omp:message:claude-0f0f-message-2:response:msg_01Hq7ZkV9wTn3Rb5"],
        ),
    ],
)
def test_a_request_with_another_key_than_before_names_the_one_it_had(
    tmp_path: Path, name: str, line: dict[str, Any], now: list[str], former: list[str]
) -> None:
    sample = BY_NAME[name]
    parsed = sample.read(sample.write(tmp_path, json.dumps(line).encode() + b"\n"))
    assert [record.dedup_key for record in parsed.records] == now
    assert [(each.dedup_key, each.input_tokens, each.output_tokens) for each in parsed.former] == [
        (key, 100, 10) for key in former
    ]


def test_what_pi_gave_of_a_session_of_oh_my_pi_is_named_too(tmp_path: Path) -> None:
    pi = BY_NAME["pi"]
    lines = [{"type": "title", "v": 1, "title": "t"}, message(OWN, "e1")]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    parsed = pi.read(pi.write(tmp_path, text.encode()))
    assert [record.dedup_key for record in parsed.records] == [f"omp:message:e1:response:{OWN}"]
    assert [record.dedup_key for record in parsed.former] == [f"pi:at:1778000000000:response:{OWN}"]
