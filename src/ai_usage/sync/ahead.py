"""One request ahead: while the server works on it, this machine prepares or stores the next records."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from ai_usage.errors import AiUsageError

_Answer = TypeVar("_Answer")


def begin(call: Callable[[], _Answer]) -> Callable[[], _Answer]:
    """Start a call in a thread of its own; return what waits for its answer, or raises what it raised.

    The thread does not keep the program alive, so that an interruption ends it at once.
    """
    answers: queue.SimpleQueue[list[_Answer] | AiUsageError | None] = queue.SimpleQueue()

    def work() -> None:
        outcome: list[_Answer] | AiUsageError | None = None
        try:
            outcome = [call()]
        except AiUsageError as error:
            outcome = error
        finally:
            answers.put(outcome)

    threading.Thread(target=work, daemon=True).start()

    def wait() -> _Answer:
        outcome = answers.get()
        if isinstance(outcome, AiUsageError):
            raise outcome
        assert outcome is not None, "a fault of the program, told on stderr by the thread"
        return outcome[0]

    return wait
