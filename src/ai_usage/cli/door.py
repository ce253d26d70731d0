"""The outermost error boundary: turns every failure into one line of text and an exit code."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from typing import Final

from ai_usage.errors import AiUsageError
from ai_usage.files.reason import reason

INTERRUPTED: Final = 130
FAILED: Final = 1


def guarded(run: Callable[[], int]) -> int:
    """Run, and report a failure in one line; only a fault of the program itself shows a traceback."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # characters that the encoding lacks
    try:
        code = run()
        sys.stdout.flush()
    except AiUsageError as error:
        complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()  # the reader closed the pipe
        return 0
    except MemoryError:
        _drop_output()
        complain("there is not enough memory for this")
        return FAILED
    except OSError as error:
        _drop_output()
        complain(_told(error))
        return FAILED
    return code


def _open_what_is_closed() -> None:
    """Open the null device for each standard stream that is closed at the start.

    The descriptors 0 to 2 are then taken: otherwise a database file could get one and receive text for a terminal.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115  # stays open to the end


def _told(error: OSError) -> str:
    if error.filename:
        return f"{error.filename}: {error.strerror}"
    if error.errno == errno.ENOSPC:
        return "the output cannot be written: no space left on its disk"
    return reason(error)


def _drop_output() -> None:
    """Discard buffered output, so that writing it does not fail again when the interpreter exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(message: str) -> None:
    """Write a message to stderr."""
    from ai_usage.render.harmless import harmless

    with contextlib.suppress(OSError):
        print("ai-usage: " + "\n".join(map(harmless, message.splitlines())), file=sys.stderr, flush=True)
