"""Import `msgspec` in half the time, for every process that reads logs.

It would load `typing_extensions`, and with it all of `inspect`, for names that `typing` has had since Python 3.11;
without that module, it takes them from `typing`.
"""

import sys
from typing import Any, Final

__all__ = ["msgspec"]

_OPTIONAL: Final = "typing_extensions"

_modules: dict[str, Any] = sys.modules
_is_hidden = _OPTIONAL not in _modules
if _is_hidden:
    _modules[_OPTIONAL] = None  # makes `import` fail as for a missing module
try:
    import msgspec
finally:
    if _is_hidden:
        del _modules[_OPTIONAL]
