"""`python -m bench.sync [STAGE...]`: what sync costs with a million records, through a proxy with TLS.

Two homes, a server and Caddy on this machine. Each line is one run of the installed program: how long it took, its own
processor time, its peak memory, how many requests the server saw, and the bar where there is one. With `--folder` the
stages can be run one by one, in the order in which they stand here.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers import PROGRAMS, TOKEN, RunningProxy, RunningServer, running_proxy, running_server

PROGRAM: Final = str(PROGRAMS / "ai-usage")
_LEDGER: Final = ".local/share/ai-usage/ledger.db"
_CACHE: Final = ".cache/ai-usage/remote/one.bin"
_CYCLE: Final = """
from ai_usage.cli.context import Context
from ai_usage.config.machine import system_identity
from ai_usage.sync.cycle import run_cycle
from ai_usage.sync.session import ThisMachine
context = Context()
run_cycle(ThisMachine(context.paths, context.secrets.sync, context.machine, system_identity()))
"""
"""Push, pull and integrity in one, as the monitor runs it."""


def main() -> int:
    """Run stages."""
    parser = argparse.ArgumentParser(prog="python -m bench.sync", description=__doc__)
    parser.add_argument(
        "stages", nargs="*", metavar="STAGE", help=f"of {', '.join(STAGES)}; all when none is named"
    )
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the homes and the server's database here")
    asked = parser.parse_args()
    if unknown := set(asked.stages) - STAGES.keys():
        parser.error(f"no stage: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="bench-sync-") as scratch:
        folder = asked.folder or Path(scratch)
        with (
            running_server(folder / "server") as server,
            running_proxy(folder / "proxy", server.address) as proxy,
        ):
            lab = Lab(folder, server, proxy, asked.records)
            print(f"load {os.getloadavg()[0]:.2f}")
            for name in asked.stages or STAGES:
                STAGES[name](lab)
            print(f"{'the server':42} {'':29} {_peak_mb(server.process.pid):4} MB   (150 MB)")
    return 0


@dataclass(frozen=True)
class Lab:
    """Two homes and the server that they share."""

    folder: Path
    server: RunningServer
    proxy: RunningProxy
    records: int

    def home(self, name: str) -> Path:
        """Return a home that knows the server as it runs now."""
        path = self.folder / name
        secrets = path / ".secrets" / "ai-usage.yaml"
        secrets.parent.mkdir(parents=True, exist_ok=True)
        secrets.touch(mode=0o600)
        secrets.write_text(
            f'sync:\n  enabled: true\n  server_url: "{self.proxy.url}"\n  token: "{TOKEN}"\n'
            f'  machine_id: "{name}"\n  request_timeout_seconds: 60\n'
        )
        return path

    def run(self, what: str, name: str, *words: str, bar: str = "", code: int = 0) -> None:
        """Run a command in a home, and print what it cost."""
        env = {
            "HOME": str(self.home(name)),
            "PATH": os.environ["PATH"],
            "SSL_CERT_FILE": str(self.proxy.root_certificate),
        }
        seen = len(self.server.log_lines())
        began = time.monotonic()
        process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
        _, status, spent = os.wait4(process.pid, 0)
        took = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == code, (words, process.returncode)
        requests = sum("status" in line for line in self.server.log_lines()[seen:])
        print(
            f"{what:42} {took:7.2f} s  {spent.ru_utime + spent.ru_stime:7.2f} s own  "
            f"{spent.ru_maxrss // 1024:4} MB  {requests:5} requests  {bar and f'({bar})'}",
            flush=True,
        )


def _fill(lab: Lab) -> None:
    words = [sys.executable, "-m", "bench.sync_fill", str(lab.home("one") / _LEDGER), str(lab.records)]
    subprocess.run(
        words, check=True
    )  # in a process of its own: a child's peak memory begins with its parent's


def _push(lab: Lab) -> None:
    lab.run("first push", "one", PROGRAM, "sync", "push", bar="60 s, aim 35 s; 150 MB")


def _pull(lab: Lab) -> None:
    lab.run("first pull", "two", PROGRAM, "sync", "pull", bar="60 s; 150 MB")


def _idle(lab: Lab) -> None:
    for name in ("one", "two"):
        lab.run(f"nothing new: push on {name}", name, PROGRAM, "sync", "push")
        lab.run(f"nothing new: pull on {name}", name, PROGRAM, "sync", "pull")
        lab.run(
            f"nothing new: a cycle on {name}", name, sys.executable, "-c", _CYCLE, bar="0.5 s, 6 requests"
        )


def _verify(lab: Lab) -> None:
    lab.run("verify on the owner", "one", PROGRAM, "sync", "verify")
    lab.run("verify on the other", "two", PROGRAM, "sync", "verify")


def _digest(lab: Lab) -> None:
    """Compute digests of whole files in a process of their own, without a network."""
    for name, path in (("the ledger", lab.home("one") / _LEDGER), ("a cache", lab.home("two") / _CACHE)):
        subprocess.run([sys.executable, "-m", "bench.sync_digest", name, path, "one"], check=True)


def _mend(lab: Lab) -> None:
    _tamper(lab.home("two") / _CACHE, lab.records // 2)
    lab.run("one changed record in the cache", "two", PROGRAM, "sync", "pull", bar="one day moves")
    _tamper(lab.server.database, lab.records // 2)
    lab.run("one changed record on the server", "one", PROGRAM, "sync", "push", bar="one day moves")
    lab.run("and then on the other", "two", PROGRAM, "sync", "pull")
    _tamper(lab.home("two") / _CACHE, lab.records // 3)
    lab.run("one changed record, verify names its day", "two", PROGRAM, "sync", "verify", code=3)
    lab.run("verify --repair mends it", "two", PROGRAM, "sync", "verify", "--repair", bar="one day moves")


def _tamper(path: Path, offset: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE records SET output_tokens = output_tokens + 1"
            " WHERE rowid = (SELECT rowid FROM records LIMIT 1 OFFSET ?)",
            (offset,),
        )


def _peak_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


STAGES: Final[dict[str, Callable[[Lab], None]]] = {
    "fill": _fill,
    "push": _push,
    "pull": _pull,
    "idle": _idle,
    "verify": _verify,
    "digest": _digest,
    "mend": _mend,
}

if __name__ == "__main__":
    sys.exit(main())
