"""What the unit has systemd do: `ExecStartPre`, `Type=notify`, `TimeoutStartSec`, `WatchdogSec`, `Restart=always`.

python supervising.py PROGRAM CONFIG START_S WATCHDOG_S: goes on until a file `stop` lies beside the settings.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    program, config = Path(sys.argv[1]), Path(sys.argv[2])
    start_s, watchdog_s = float(sys.argv[3]), float(sys.argv[4])
    place = config.with_name("notify")
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(place))
    told.settimeout(0.1)
    env = os.environ | {"NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": f"{watchdog_s * 1e6:.0f}"}
    while not config.with_name("stop").exists():
        kept = program.with_name(program.name + ".old")
        if kept.exists():
            subprocess.run([kept, "recover", program], check=False)
        supervise(subprocess.Popen([program, config], env=env), told, start_s, watchdog_s)
        time.sleep(0.2)


def supervise(
    service: subprocess.Popen[bytes], told: socket.socket, start_s: float, watchdog_s: float
) -> None:
    """Wait until a service ends, or kill it when it is silent for too long."""
    until, late = time.monotonic() + start_s, "did not say that it serves"
    while service.poll() is None:
        try:
            said = told.recv(4096)
        except TimeoutError:
            said = b""
        if said in (b"READY=1", b"WATCHDOG=1"):
            until, late = time.monotonic() + watchdog_s, "gives no sign of life"
        if time.monotonic() > until:
            print(f"supervisor: killed, because it {late}", file=sys.stderr, flush=True)
            service.kill()
            service.wait()


if __name__ == "__main__":
    main()
