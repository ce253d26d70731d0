"""A ledger that the first Codex parser filled is put right when its rollouts are read again."""

import json
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from ai_usage.ingest.pipeline import ingest
from ai_usage.ledger.ledger import Ledger
from ai_usage.sources.agents.codex import Codex
from ai_usage.sources.base import LogFile
from ai_usage.sources.parsed import Parsed
from ai_usage.usage.instant import parse_instant
from ai_usage.usage.record import UsageRecord

PARENT = "019f0000-0000-7000-8000-00000000000a"
CHILD = "019f0000-0000-7000-8000-00000000000b"
KINDS = ("input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens")
TURN = "019f1111-0000-7000-8000-000000000001"
FIRST = "20149,9984,0,5,0,20154"
SECOND = "43884,20480,0,11,0,43895"
OWN = "73884,40480,0,511,0,74395"


def instant(time: str) -> int:
    """A time of the day on which all of this happens."""
    found = parse_instant(f"2026-04-23T{time}Z")
    assert found is not None
    return found


def was(key: str, time: str, fresh: int, read: int, output: int, model: str = "unknown") -> UsageRecord:
    """A record as the first parser gave it."""
    at = instant(time)
    return UsageRecord(
        "codex",
        key,
        at,
        at,
        at,
        model,
        input_tokens=fresh,
        cache_read_input_tokens=read,
        output_tokens=output,
    )


class OlderCodex(Codex):
    """Gives what the first parser gave for each log."""

    parser_version = 1

    def __init__(self, records: Mapping[str, list[UsageRecord]]) -> None:
        self._records = records

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
        parsed = super().parse(file, log, offset, state)
        parsed.records = list(self._records[Path(log.path).stem[-36:]])
        parsed.former, parsed.former_copies = [], []
        return parsed


class Home:
    """A home with rollouts, and a ledger that is filled from them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ledger = Ledger.open(folder / "ledger.db")

    def write(self, thread: str, *lines: tuple[str, str, dict[str, Any]]) -> None:
        """Write a rollout of lines: a time, a type, a payload."""
        path = self._folder / f".codex/sessions/2026/04/23/rollout-2026-04-23T05-30-00-{thread}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "".join(
                json.dumps({"timestamp": f"2026-04-23T{time}Z", "type": kind, "payload": payload}) + "\n"
                for time, kind, payload in lines
            )
        )

    def read(self, source: Codex) -> Mapping[str, tuple[int, int, int, int]]:
        """Ingest all rollouts; returns requests, fresh input, cache reads and output by model."""
        ingest(self._ledger, [source], {"codex": source.roots({}, self._folder)})
        sums: dict[str, tuple[int, int, int, int]] = {}
        for each in self._ledger.sums([(0, 2**62)]):
            before = sums.get(each.model, (0, 0, 0, 0))
            more = (each.requests, each.input_tokens, each.cache_read_input_tokens, each.output_tokens)
            a, b, c, d = (one + other for one, other in zip(before, more, strict=True))
            sums[each.model] = (a, b, c, d)
        return sums


def meta(time: str, thread: str, **more: Any) -> tuple[str, str, dict[str, Any]]:
    """A `session_meta`."""
    return time, "session_meta", {"id": thread, "timestamp": f"2026-04-23T{time}Z"} | more


def turn(time: str, model: str, turn_id: str | None = TURN) -> tuple[str, str, dict[str, Any]]:
    """A `turn_context`."""
    return time, "turn_context", {"turn_id": turn_id, "model": model}


def count(time: str, total: str, last: str) -> tuple[str, str, dict[str, Any]]:
    """A `token_count`."""
    names = (*KINDS, "reasoning_output_tokens", "total_tokens")
    usages = [dict(zip(names, map(int, counts.split(",")), strict=True)) for counts in (total, last)]
    info = {"total_token_usage": usages[0], "last_token_usage": usages[1]}
    return time, "event_msg", {"type": "token_count", "info": info}


FORKED = (
    meta("05:35:15", CHILD, timestamp="2026-04-23T05:35:13Z", forked_from_id=PARENT),
    count("05:35:15", FIRST, FIRST),
    count("05:35:15", SECOND, "23735,10496,0,6,0,23741"),
    turn("05:35:16", "gpt-5.5"),
    count("05:35:40", OWN, "30000,20000,0,500,0,30500"),
)
FORMER_COPIES = [
    was(f"codex:session:{PARENT}:cumulative:start->{FIRST}", "05:35:15", 10165, 9984, 5),
    was(f"codex:session:{PARENT}:cumulative:{FIRST}->{SECOND}", "05:35:15", 13239, 10496, 6),
]
FORMER_OWN = was(f"codex:turn:{TURN}:cumulative:{SECOND}->{OWN}", "05:35:40", 10000, 20000, 500, "gpt-5.5")


def test_copies_that_a_fork_dates_after_its_beginning_are_taken_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write(CHILD, *FORKED)

    assert home.read(OlderCodex({CHILD: [*FORMER_COPIES, FORMER_OWN]})) == {
        "unknown": (2, 23404, 20480, 11),
        "gpt-5.5": (1, 10000, 20000, 500),
    }
    assert home.read(Codex()) == {"gpt-5.5": (1, 10000, 20000, 500)}


def test_the_parent_s_own_requests_stay_though_a_copy_of_them_had_their_keys(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write(CHILD, *FORKED)
    home.write(
        PARENT,
        meta("05:30:00", PARENT),
        turn("05:30:01", "gpt-5", None),
        count("05:30:05", FIRST, FIRST),
        count("05:31:20", SECOND, "23735,10496,0,6,0,23741"),
    )
    of_parent = [
        was(f"codex:session:{PARENT}:cumulative:start->{FIRST}", "05:30:05", 10165, 9984, 5, "gpt-5"),
        was(f"codex:session:{PARENT}:cumulative:{FIRST}->{SECOND}", "05:31:20", 13239, 10496, 6, "gpt-5"),
    ]

    home.read(OlderCodex({CHILD: [*FORMER_COPIES, FORMER_OWN], PARENT: of_parent}))
    assert home.read(Codex()) == {"gpt-5": (2, 23404, 20480, 11), "gpt-5.5": (1, 10000, 20000, 500)}


def test_a_restated_counter_is_taken_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write(
        CHILD,
        meta("05:30:00", CHILD),
        turn("05:30:01", "gpt-5.5"),
        count("05:30:02", SECOND, "0,0,0,0,0,0"),
        count("05:35:40", OWN, "30000,20000,0,500,0,30500"),
    )
    restated = was(f"codex:turn:{TURN}:cumulative:start->{SECOND}", "05:30:02", 23404, 20480, 11, "gpt-5.5")

    home.read(OlderCodex({CHILD: [restated, FORMER_OWN]}))
    assert home.read(Codex()) == {"gpt-5.5": (1, 10000, 20000, 500)}


def test_a_count_before_its_turn_moves_to_the_turn(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write(CHILD, meta("05:30:00", CHILD), count("05:30:02", FIRST, FIRST), turn("05:30:03", "gpt-5.5"))
    former = was(f"codex:session:{CHILD}:cumulative:start->{FIRST}", "05:30:02", 10165, 9984, 5, "gpt-5")

    assert home.read(OlderCodex({CHILD: [former]})) == {"gpt-5": (1, 10165, 9984, 5)}
    assert home.read(Codex()) == {"gpt-5.5": (1, 10165, 9984, 5)}


def test_responses_that_shared_a_counted_up_id_take_the_place_of_the_one_they_were(tmp_path: Path) -> None:
    def response(time: str, given: int, output: int) -> tuple[str, str, dict[str, Any]]:
        usage = {"input_tokens": given, "output_tokens": output, "total_tokens": given + output}
        return time, "token_usage_record", {"thread_id": CHILD, "response_id": "resp-2", "usage": usage}

    home = Home(tmp_path)
    home.write(
        CHILD,
        meta("05:30:00", CHILD),
        turn("05:30:01", "qwen3"),
        response("05:30:05", 1100, 60),
        response("05:30:30", 7200, 80),
    )
    former = was(f"codex:response:{CHILD}:resp-2", "05:30:05", 7200, 0, 80, "qwen3")

    assert home.read(OlderCodex({CHILD: [former]})) == {"qwen3": (1, 7200, 0, 80)}
    assert home.read(Codex()) == {"qwen3": (2, 8300, 0, 140)}
