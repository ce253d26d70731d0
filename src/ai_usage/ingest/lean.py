"""`msgspec`, loaded in half the time by every process that reads logs.

It would load `typing_extensions`, and that all of `inspect`, for names that `typing` has had since Python 3.11; where
there is no such module, it takes them from there.
"""

import sys
from typing import Any, Final

__all__ = ["msgspec"]

_OPTIONAL: Final = "typing_extensions"

_modules: dict[str, Any] = sys.modules
_is_hidden = _OPTIONAL not in _modules
if _is_hidden:
    _modules[_OPTIONAL] = None  # to `import`, there is none
try:
    import msgspec
finally:
    if _is_hidden:
        del _modules[_OPTIONAL]
