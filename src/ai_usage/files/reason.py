"""The reason of a network or system failure, as text for a message."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"\[Errno -?\d+\] ")


def reason(error: Exception) -> str:
    """Return an exception's text without the error number; its class name if it has no text."""
    return _NUMBER.sub("", str(error)) or type(error).__name__
