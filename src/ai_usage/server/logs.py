"""Log lines: text on a terminal, JSON elsewhere; never a token, never a body, never a query."""

import logging
import sys
from typing import Final

import structlog

from ai_usage.server.settings import LogLevel

_LEVELS: Final[dict[LogLevel, int]] = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure(level: LogLevel) -> None:
    """Send log lines to stderr: as text to a terminal, else as JSON."""
    on_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor
    if on_terminal:
        renderer = structlog.dev.ConsoleRenderer(
            exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=not on_terminal, key="time"),
            *([] if on_terminal else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    library = logging.getLogger("uvicorn.error")
    library.handlers = [_ToStructlog()]
    library.setLevel(logging.WARNING)
    library.propagate = False


class _ToStructlog(logging.Handler):
    """Writes the HTTP library's messages as our own log lines."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(record.levelno, record.getMessage().strip(), exc_info=record.exc_info)
