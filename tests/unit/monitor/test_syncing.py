import threading
from collections.abc import Callable
from functools import partial

import pytest

from ai_usage.errors import LedgerBusy, ServerError
from ai_usage.monitor.events import Event, Integrity, SyncState, Told
from ai_usage.monitor.syncing import (
    EVERY_S,
    FIRST_BACKOFF_S,
    MOST_OFFSET_S,
    Outcome,
    Schedule,
    Syncing,
    Work,
    offset_of,
)

from .worlds import eventually


def test_each_machine_has_an_offset_of_its_own_that_never_changes() -> None:
    assert offset_of("desk") == offset_of("desk")
    assert len({offset_of(f"machine-{number}") for number in range(50)}) > 40
    assert all(0 <= offset_of(f"machine-{number}") < MOST_OFFSET_S for number in range(50))


def test_news_bring_a_cycle_forward_and_without_news_it_comes_after_a_while() -> None:
    schedule = Schedule(1000.0, offset_s=3.0)
    assert schedule.wait(1000.0) == 3.0
    schedule.begin(1003.0)
    schedule.succeed()
    assert schedule.wait(1003.0) == EVERY_S
    schedule.news(1100.0)
    assert schedule.wait(1100.0) == 3.0
    schedule.news(1101.0)
    assert schedule.wait(1101.0) == 2.0, "more news do not push it back"


def test_news_during_a_cycle_make_the_next_one_follow() -> None:
    schedule = Schedule(0.0, offset_s=3.0)
    schedule.begin(10.0)
    schedule.news(12.0)
    schedule.succeed()
    assert schedule.wait(15.0) == 0.0


def test_a_server_that_fails_has_its_peace_for_longer_and_longer() -> None:
    schedule = Schedule(0.0, offset_s=3.0)
    waits = []
    for _ in range(9):
        schedule.begin(0.0)
        schedule.fail(0.0, jitter=1.0)
        schedule.news(0.0)
        waits.append(schedule.wait(0.0))
    assert waits == [*(FIRST_BACKOFF_S * 2**number for number in range(6)), EVERY_S, EVERY_S, EVERY_S]
    schedule.succeed()
    schedule.news(0.0)
    assert schedule.wait(0.0) == 3.0


def test_after_sleep_a_cycle_is_due_and_a_clock_that_was_set_back_does_not_stop_sync() -> None:
    schedule = Schedule(1_000_000.0, offset_s=3.0)
    schedule.begin(1_000_000.0)
    assert schedule.wait(1_000_000.0 + 8 * 3600) == 0.0
    assert schedule.wait(1_000_000.0 - 8 * 3600) == 0.0


class Server:
    """What a cycle talks to: answers in turn with what the test wants."""

    def __init__(self, *answers: Outcome | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def work(self) -> Work:
        return Work(lambda step: self._answer("cycle", step), lambda step: self._answer("verify", step))

    def _answer(self, what: str, step: Callable[[], None]) -> Outcome:
        step()
        self.asked.append(what)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def started(server: Server) -> tuple[Syncing, list[Event], threading.Event]:
    events: list[Event] = []
    brought = threading.Event()
    syncing = Syncing(server.work(), "desk", events.append, brought.set, clock=lambda: 5_000.0)
    syncing.start()
    return syncing, events, brought


def test_what_is_told_of_cycles_that_succeed_fail_and_differ() -> None:
    server = Server(
        Outcome(Integrity.CHECKED, warnings=("the clock is wrong",)),
        ServerError("http://x: connection refused"),
        Outcome(Integrity.FAILED, ("laptop",)),
    )
    syncing, events, brought = started(server)
    for what in ("sync", "refresh", "verify"):
        before = len(events)
        syncing.ask(what)
        eventually(partial(at_rest, events, before))
    syncing.stop()
    syncing.join(5)
    assert not syncing.is_alive()
    assert brought.is_set()
    assert server.asked == ["cycle", "cycle", "verify"]
    states = [event for event in events if isinstance(event, SyncState)]
    done = 5_000_000_000
    assert [state for state in states if not state.running] == [
        SyncState(True, False, Integrity.PENDING),
        SyncState(True, False, Integrity.CHECKED, (), done),
        SyncState(True, False, Integrity.CHECKED, (), done, "http://x: connection refused"),
        SyncState(True, False, Integrity.FAILED, ("laptop",), done),
    ]
    assert [event for event in events if isinstance(event, Told)] == [
        Told("the clock is wrong", bad=True),
        Told("synchronised"),
        Told("verified: laptop differs; run: ai-usage sync verify", bad=True),
    ]


def at_rest(events: list[Event], before: int) -> bool:
    """Whether a cycle ended after so many events."""
    return any(isinstance(event, SyncState) and not event.running for event in events[before:])


@pytest.mark.parametrize(
    "error", [LedgerBusy("another sync is already running"), ValueError("a fault of ours")]
)
def test_no_error_ends_the_thread(error: Exception) -> None:
    server = Server(error, Outcome(Integrity.CHECKED))
    syncing, events, _ = started(server)
    for _ in range(2):
        before = len(events)
        syncing.ask("sync")
        eventually(partial(at_rest, events, before))
    eventually(lambda: Told("synchronised") in events)
    syncing.stop()
    syncing.join(5)


def test_a_cycle_ends_between_two_steps_when_the_person_leaves() -> None:
    entered = threading.Event()

    def endless(step: Callable[[], None]) -> Outcome:
        while True:
            entered.set()
            step()
            threading.Event().wait(0.01)

    syncing = Syncing(Work(endless, endless), "desk", lambda _event: None, lambda: None)
    syncing.start()
    syncing.ask("sync")
    assert entered.wait(10)
    syncing.stop()
    syncing.join(5)
    assert not syncing.is_alive()
