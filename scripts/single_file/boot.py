"""Starts the program inside an unpacked single file: `boot.py MODULE FILE [ARGUMENTS]`."""

import contextlib
import fcntl
import os
import sys
from importlib import import_module

module, sys.argv = sys.argv[1], sys.argv[2:]

# A newer version that is unpacked removes this one, unless a process holds its folder or it was started recently.
here = os.path.dirname(__file__)  # noqa: PTH120  # pathlib would cost a tenth of the start
folder = os.open(here, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
try:
    fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
except BlockingIOError:
    os.execv(sys.argv[0], sys.argv)  # it is being removed: the file unpacks itself once more
with contextlib.suppress(OSError):
    os.utime(folder)

sys.exit(import_module(f"ai_usage.{module}").main())
