"""A ledger that an older parser filled is put right when its logs are read again."""

import json
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from ai_usage.ingest.pipeline import ingest
from ai_usage.ledger.ledger import Ledger
from ai_usage.sources.agents.claude import Claude
from ai_usage.sources.base import LogFile
from ai_usage.sources.parsed import Parsed
from ai_usage.usage.record import UsageRecord

TIME = 1_790_000_000_000_000


def was(key: str, fresh: int, output: int, model: str = "mistral") -> UsageRecord:
    """A record as an older parser gave it."""
    return UsageRecord("claude", key, TIME, TIME, TIME, model, input_tokens=fresh, output_tokens=output)


class OlderClaude(Claude):
    """Gives what an older parser gave."""

    parser_version = 1

    def __init__(self, *records: UsageRecord) -> None:
        self._records = records

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
        parsed = super().parse(file, log, offset, state)
        parsed.records, parsed.former = list(self._records), []
        return parsed


def line(answer: str, fresh: int, output: int, **usage: Any) -> str:
    """One assistant line."""
    counts = {"input_tokens": fresh, "output_tokens": output} | usage
    message = {"id": answer, "model": "mistral", "usage": counts}
    entry = {
        "type": "assistant",
        "timestamp": "2026-09-21T14:13:20.000Z",
        "sessionId": "s1",
        "message": message,
    }
    return json.dumps(entry) + "\n"


def read(ledger: Ledger, source: Claude, home: Path) -> None:
    """Ingest a home's transcripts."""
    ingest(ledger, [source], {"claude": source.roots({}, home)})


def counted(ledger: Ledger) -> Mapping[tuple[str, int, int], int]:
    """How many requests there are of a model with these input and output tokens; several only as their sum."""
    groups = ledger.sums([(0, 2**62)])
    return {(each.model, each.input_tokens, each.output_tokens): each.requests for each in groups}


def test_requests_that_shared_a_counted_up_id_take_the_place_of_the_one_they_were(tmp_path: Path) -> None:
    log = tmp_path / ".claude/projects/-w-a/s1.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(line("chatcmpl-613", 3609, 314) + line("chatcmpl-613", 26306, 51))
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        read(ledger, OlderClaude(was("claude:message:chatcmpl-613", 3609, 314)), tmp_path)
        assert counted(ledger) == {("mistral", 3609, 314): 1}
        for _ in range(2):
            read(ledger, Claude(), tmp_path)
            assert counted(ledger) == {("mistral", 29915, 365): 2}
            log.touch()


def test_a_request_whose_log_is_gone_stays_though_another_one_has_its_key(tmp_path: Path) -> None:
    log = tmp_path / ".claude/projects/-w-a/s1.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(line("chatcmpl-613", 26306, 51))
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        read(ledger, OlderClaude(was("claude:message:chatcmpl-613", 3609, 314)), tmp_path)
        read(ledger, Claude(), tmp_path)
        assert counted(ledger) == {("mistral", 29915, 365): 2}


def test_the_attempt_that_served_and_was_counted_twice_is_taken_back(tmp_path: Path) -> None:
    log = tmp_path / ".claude/projects/-w-a/s1.jsonl"
    log.parent.mkdir(parents=True)
    answer = "msg_01AbcdefghijklmnopqrstuA"
    attempts = [
        {"type": "message", "model": "declined", "input_tokens": 2, "output_tokens": 578},
        {"type": "fallback_message", "input_tokens": 3, "output_tokens": 13658},
    ]
    log.write_text(line(answer, 3, 13658, iterations=attempts))
    key = f"claude:message:{answer}"
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        older = OlderClaude(was(key, 3, 13658), was(f"{key}:fallback_message:1", 3, 13658))
        read(ledger, older, tmp_path)
        assert counted(ledger) == {("mistral", 6, 27316): 2}
        read(ledger, Claude(), tmp_path)
        assert counted(ledger) == {("mistral", 3, 13658): 1, ("declined", 2, 578): 1}


def test_a_refusal_that_was_counted_is_taken_back(tmp_path: Path) -> None:
    log = tmp_path / ".claude/projects/-w-a/s1.jsonl"
    log.parent.mkdir(parents=True)
    answer = "msg_01AbcdefghijklmnopqrstuA"
    log.write_text(line(answer, 412, 0).replace('"id"', '"stop_reason": "refusal", "id"'))
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        read(ledger, OlderClaude(was(f"claude:message:{answer}", 412, 0)), tmp_path)
        assert counted(ledger) == {("mistral", 412, 0): 1}
        read(ledger, Claude(), tmp_path)
        assert counted(ledger) == {}


def test_a_request_that_a_fork_counted_again_is_taken_back(tmp_path: Path) -> None:
    log = tmp_path / ".claude/projects/-w-a/s2.jsonl"
    log.parent.mkdir(parents=True)
    copied = json.loads(line("msg_1", 200, 6)) | {"sessionId": "s2", "forkedFrom": {"sessionId": "s1"}}
    log.write_text(line("msg_1", 200, 6) + json.dumps(copied) + "\n")
    keys = [f"claude:session:{session}:message:msg_1:200,0,0" for session in ("s1", "s2")]
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        read(ledger, OlderClaude(*(was(key, 200, 6)._replace(session_id="s2") for key in keys)), tmp_path)
        assert counted(ledger) == {("mistral", 400, 12): 2}
        read(ledger, Claude(), tmp_path)
        assert counted(ledger) == {("mistral", 200, 6): 1}
