import errno
import os

import pytest

from ai_usage.files.reason import reason


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)), "Connection refused"),
        (OSError(-2, "Name or service not known"), "Name or service not known"),
        (RuntimeError("[Errno 111] Connection refused"), "Connection refused"),
        (ValueError("no number"), "no number"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_reason_is_told_without_its_number(error: Exception, said: str) -> None:
    assert reason(error) == said
