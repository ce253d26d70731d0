"""Servers without end: pages for ever, thousands of machines or days; a sync asks a bounded number of times."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ai_usage.errors import ServerError
from ai_usage.sync.remote import MOST_FETCHES, MOST_MACHINES
from ai_usage.sync.state import State, Status
from ai_usage.wire.rfc3339 import day_text
from tests.machines import TestMachine, at, usage
from tests.servers import RunningServer, running_server
from tests.unit.sync.masks import HEALTHY, Handler, masked, pass_on, say_json

RECORD: dict[str, Any] = {
    "schema_version": 1, "host_id": "bee", "vendor": "claude", "dedup_key": "k",
    **dict.fromkeys(("timestamp", "session_start_time", "session_end_time"), "2026-01-01T00:00:00Z"),
    "model": "m", "effort": None, "fast_tier": -1,
    **dict.fromkeys(("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"), 1),
    "cache_creation_5m_input_tokens": 1, "cache_creation_1h_input_tokens": 0, "reasoning_output_tokens": 0,
    "uploaded_at": "2026-01-01T00:00:00Z",
}  # fmt: skip


class Endless:
    """A server that always has more."""

    def __init__(self, hosts: int = 1, named: int = 1, records: int = 1) -> None:
        self._hosts = hosts
        self._named = named
        self._records = records

    def __call__(self, handler: Handler) -> None:
        """Answer a request."""
        parts = urlsplit(handler.path)
        match parts.path:
            case "/v1/health":
                say_json(handler, HEALTHY)
            case "/v1/machines":
                say_json(handler, {"machines": [self._machine(number) for number in range(self._named)]})
            case "/v1/pull":
                after = int(parse_qs(parts.query)["after_seq"][0])
                numbers = range(after + 1, after + 1 + self._records)
                records = [self._record(number) for number in numbers]
                say_json(handler, {"records": records, "max_seq": numbers[-1], "truncated": True})
            case _:
                handler.say(404, b"")

    def _machine(self, number: int) -> dict[str, Any]:
        name = f"bee-{number}"
        return {
            "host_id": name,
            "last_seen": "2026-01-01T00:00:00Z",
            "record_count": 9,
            "content_revision": 9,
        }

    def _record(self, number: int) -> dict[str, Any]:
        return RECORD | {"host_id": f"bee-{number % self._hosts}", "dedup_key": f"k{number}", "seq": number}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run one server for all tests here; each uses machine names of its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def test_a_server_that_pages_for_ever_is_left_and_what_came_is_kept(tmp_path: Path) -> None:
    with masked(Endless()) as mask:
        ant = TestMachine(tmp_path, "ant", mask.url, at(9))
        with pytest.raises(ServerError, match=r"was asked 1,000 times in one sync and still has more"):
            ant.cycle(pushing=False)
        assert len(mask.seen) <= MOST_FETCHES
    state = State.read(ant.paths.sync_state)

    assert state.cursor.after_seq == len(ant.view("bee-0"))
    assert state.cursor.after_seq > 0.9 * MOST_FETCHES


def test_a_server_that_names_thousands_of_machines_is_not_believed(tmp_path: Path) -> None:
    with masked(Endless(named=20_000)) as mask:
        ant = TestMachine(tmp_path, "ant", mask.url, at(9))
        with pytest.raises(ServerError) as told:
            ant.cycle()
        assert len(mask.seen) == 2

    assert str(told.value) == (
        f"{mask.url} names 20,000 machines, and at most 250 can be synced; is server_url right?"
    )


def test_pages_that_name_thousands_of_machines_make_no_more_files_than_can_be_open(tmp_path: Path) -> None:
    with masked(Endless(hosts=20_000, records=600)) as mask:
        ant = TestMachine(tmp_path, "ant", mask.url, at(9))
        with pytest.raises(ServerError, match="names 251 machines"):
            ant.cycle(pushing=False)

    assert len(list(ant.paths.remote.glob("*.bin"))) == MOST_MACHINES


def test_thousands_of_differing_days_are_fetched_over_several_syncs(
    server: RunningServer, tmp_path: Path
) -> None:
    """Made-up days besides the true ones: each is asked for once, the latest first."""
    made_up = [day_text(number) for number in range(10_000, 10_620)]

    def answer(handler: Handler) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        if "day" in query:
            say_json(handler, {"records": [], "max_seq": int(query["after_seq"][0]), "truncated": False})
            return
        status, body = pass_on(handler, server.url)
        if handler.path.startswith("/v1/integrity/days"):
            document = json.loads(body)
            days = [{"day": day, "record_count": 3, "digest_sha256": "ab" * 32} for day in made_up]
            body = json.dumps(document | {"days": days + document["days"]}).encode()
        elif handler.path == "/v1/integrity/reports":
            body = re.sub(rb'"digest_sha256":"[0-9a-f]{64}"', b'"digest_sha256":"%s"' % (b"cd" * 32), body)
        handler.say(status, body)

    ant = TestMachine(tmp_path / "ant", "days-ant", server.url, at(9))
    ant.write([usage("a", at(1))])
    ant.cycle()
    with masked(answer) as mask:
        bee = TestMachine(tmp_path / "bee", "days-bee", mask.url, at(9))
        asked: list[int] = []
        verdicts = []
        for _ in range(4):
            before = len(mask.seen)
            verdicts.append(bee.cycle(pushing=False).verdicts["days-ant"])
            asked.append(len(mask.seen) - before)

    assert [verdict.status for verdict in verdicts] == [
        Status.PENDING,
        Status.PENDING,
        Status.FAILED,
        Status.FAILED,
    ]
    assert verdicts[0].reason == "320 more days differ; the next sync fetches them"
    assert all(count <= 315 for count in asked), asked
    assert asked[3] < 15, "each day is fetched once"
    assert bee.view("days-ant") == ant.view("days-ant")
