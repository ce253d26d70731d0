"""Servers that answer for records which they did not store: what is sent again, when, and what the status says."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_usage.sync.state import State, Status
from tests.machines import TestMachine, at, many, usage
from tests.servers import RunningServer, running_server
from tests.unit.sync.masks import Answer, Handler, as_old, masked, pass_on, say_json


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run one server for all tests here; each uses machine names of its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


class Swallowing:
    """Passes everything on but some uploads, which it answers with the numbers that the client expects."""

    def __init__(self, upstream: Answer, only: bytes = b"") -> None:
        self.swallow = True
        self.uploads: list[int] = []
        """How many records each upload had."""
        self._upstream = upstream
        self._only = only

    def __call__(self, handler: Handler) -> None:
        """Answer a request."""
        if handler.path == "/v1/upload":
            count = len(handler.body.splitlines())
            self.uploads.append(count)
            if self.swallow and self._only in handler.body:
                say_json(handler, {"accepted": count, "ignored": 0, "max_seq": 1})
                return
        self._upstream(handler)


def honest(server: RunningServer) -> Answer:
    return lambda handler: handler.say(*pass_on(handler, server.url))


@pytest.mark.parametrize("integrity", [False, True], ids=["without-integrity", "without-days"])
def test_a_server_that_names_no_days_is_asked_how_many_records_it_has(
    server: RunningServer, tmp_path: Path, integrity: bool
) -> None:
    proxy = Swallowing(as_old(server.url, integrity=integrity))
    with masked(proxy) as mask:
        ant = TestMachine(tmp_path / "ant", f"old-{integrity}".lower(), mask.url, at(9))
        ant.write(list(many("x", 5, at(1), 1_000_000)))
        first = ant.cycle().pushed
        proxy.swallow = False
        second = ant.cycle().pushed

    assert first is not None
    assert (first.status, first.reason) == (
        Status.FAILED,
        "the server has 0 records of this machine, 5 were sent",
    )
    assert proxy.uploads == [5, 5, 5], "as new records, again at once, and again by the second push"
    assert second is not None
    assert second.status is (Status.CHECKED if integrity else Status.UNSUPPORTED)
    with server.client() as client:
        machines = client.get("/v1/machines").json()["machines"]
    assert [each["record_count"] for each in machines if each["host_id"] == ant.machine_id] == [5]


def test_one_batch_of_many_that_is_swallowed_is_sent_again_by_its_days(
    server: RunningServer, tmp_path: Path
) -> None:
    proxy = Swallowing(honest(server), only=b"x-00001500")
    with masked(proxy) as mask:
        ant = TestMachine(tmp_path / "ant", "one-of-many", mask.url, at(40))
        ant.write(list(many("x", 3000, at(1), 1_000_000_000)))
        first = ant.cycle().pushed
        proxy.swallow = False
        second = ant.cycle().pushed

    assert first is not None
    assert second is not None
    assert (first.sent, first.status) == (3000, Status.FAILED)
    assert (second.sent, second.status, second.differences) == (0, Status.CHECKED, ())


def test_an_answer_with_wrong_numbers_confirms_nothing_and_stops_the_sending(
    server: RunningServer, tmp_path: Path
) -> None:
    uploads: list[int] = []

    def answer(handler: Handler) -> None:
        if handler.path == "/v1/upload":
            uploads.append(len(handler.body.splitlines()))
            say_json(handler, {"accepted": uploads[-1] - 1, "ignored": 0, "max_seq": 1})
        else:
            honest(server)(handler)

    with masked(answer) as mask:
        ant = TestMachine(tmp_path / "ant", "wrong-numbers", mask.url, at(40))
        ant.write(list(many("x", 9000, at(1), 100_000_000)))
        pushed = ant.cycle().pushed
        assert len(uploads) < 4
        ant.server_url = server.url
        honestly = ant.cycle().pushed

    assert pushed is not None
    assert (pushed.sent, pushed.status) == (0, Status.FAILED)
    assert pushed.reason == (
        f"{mask.url} answered a batch of 1,000 records with 999 accepted and 0 ignored; is a proxy in between?"
    )
    assert honestly is not None
    assert (honestly.sent, honestly.status) == (9000, Status.CHECKED)


def test_a_server_that_counts_wrong_and_has_everything_is_believed_by_its_days(
    server: RunningServer, tmp_path: Path
) -> None:
    def answer(handler: Handler) -> None:
        status, body = pass_on(handler, server.url)
        if handler.path == "/v1/upload":
            body = json.dumps(json.loads(body) | {"accepted": 0}).encode()
        handler.say(status, body)

    with masked(answer) as mask:
        ant = TestMachine(tmp_path / "ant", "counts-wrong", mask.url, at(9))
        ant.write(list(many("x", 5, at(1), 1_000_000)))
        first, second = ant.cycle().pushed, ant.cycle().pushed

    assert first is not None
    assert second is not None
    assert (first.status, second.status, second.sent) == (Status.CHECKED, Status.CHECKED, 0)


def test_in_the_background_days_that_were_sent_in_vain_wait_for_an_hour(
    server: RunningServer, tmp_path: Path
) -> None:
    proxy = Swallowing(honest(server))
    with masked(proxy) as mask:
        ant = TestMachine(tmp_path / "ant", "patient", mask.url, at(9, 3600), by_hand=False)
        ant.write([usage("a", at(1))])
        ant.cycle()
        before = len(proxy.uploads)
        soon = ant.cycle().pushed
        assert len(proxy.uploads) == before
        assert soon is not None
        assert soon.status is Status.FAILED
        proxy.swallow = False
        ant.clock += 3_700_000_000
        later = ant.cycle().pushed

    assert later is not None
    assert (later.resent_days, later.status) == (("2026-01-01",), Status.CHECKED)
    assert State.read(ant.paths.sync_state).host("patient").reason == ""
