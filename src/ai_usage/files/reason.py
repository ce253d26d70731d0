"""Why the network or the system failed, in the words that a message shows."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"\[Errno -?\d+\] ")


def reason(error: Exception) -> str:
    """Return what an exception says, without the number of the error; its name when it says nothing."""
    return _NUMBER.sub("", str(error)) or type(error).__name__
