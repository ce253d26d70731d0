"""What the monitor does when its terminal goes without a word."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from tests.e2e.homes import PROGRAM, Home


def test_it_ends_when_its_terminal_is_gone_and_no_signal_says_so(home: Home) -> None:
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    # In a session of its own that does not have the terminal, so that closing it sends no SIGHUP.
    program = subprocess.Popen(
        [str(PROGRAM), "--offline"],
        env={**home.env, "TERM": "xterm-256color"},
        stdin=far,
        stdout=far,
        stderr=far,
        start_new_session=True,
    )
    os.close(far)
    seen = b""
    until = time.monotonic() + 60
    while b"ai-usage" not in seen and time.monotonic() < until:
        if select.select([near], [], [], 0.2)[0]:
            seen += os.read(near, 1 << 16)
    os.close(near)
    try:
        assert program.wait(timeout=60) == 129
    finally:
        program.kill()
