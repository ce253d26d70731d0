"""Overlap requests with computation: calls in threads, and work in small steps while an answer is awaited."""

import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

_Answer = TypeVar("_Answer")
_TURN_S: Final = 0.0005


class Begun(Generic[_Answer]):
    """A call that runs in a separate daemon thread, which does not keep an interrupted program alive."""

    def __init__(self, call: Callable[[], _Answer]) -> None:
        """Start the call."""
        self._answers: queue.SimpleQueue[list[_Answer] | BaseException] = queue.SimpleQueue()
        threading.Thread(target=self._work, args=(call,), daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether the answer is there."""
        return not self._answers.empty()

    def wait(self, at_most_s: float | None = None) -> _Answer:
        """Return the answer or raise the exception of the call; usable once.

        Raises:
            TimeoutError: there is no answer yet.
        """
        try:
            outcome = self._answers.get(timeout=at_most_s)
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome[0]

    def _work(self, call: Callable[[], _Answer]) -> None:
        outcome: list[_Answer] | BaseException
        try:
            outcome = [call()]
        except BaseException as error:  # noqa: BLE001  # raised again in `wait`
            outcome = error
        self._answers.put(outcome)


@contextmanager
def quick_turns() -> Iterator[None]:
    """Shorten the interpreter's switch interval, so that threads that send or receive run while this one computes.

    At the usual interval of 5 ms, a request of a few socket calls would wait as long as it works.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, _TURN_S))
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


class Work(Generic[_Answer]):
    """Work in small steps, done while the program waits for something else."""

    def __init__(self, steps: Generator[None, None, _Answer]) -> None:
        self._steps = steps
        self._result: list[_Answer] = []

    def step(self) -> bool:
        """Do one step; return whether more steps remain."""
        if not self._result:
            try:
                next(self._steps)
            except StopIteration as done:
                self._result = [done.value]
        return not self._result

    def finish(self) -> _Answer:
        """Do the remaining steps and return the result."""
        while self.step():
            pass
        return self._result[0]

    def give_up(self) -> _Answer | None:
        """Stop early; return the result if all steps were done, else None."""
        self._steps.close()
        return self._result[0] if self._result else None
