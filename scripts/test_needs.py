"""Programs that the tests need beside Python packages: find them, install what is missing, or name it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from bench.ccusage import WANTED, NotInstalled, install, installed

POLICY: Final = Path("/usr/sbin/policy-rc.d")
"""The script that Debian asks before it starts a service (invoke-rc.d(8)); 101 forbids it."""


class Need(NamedTuple):
    """A program that tests start."""

    program: str
    package: str
    """Its package on Debian."""
    reason: str


NEEDS = (
    Need("tmux", "tmux", "the monitor is driven in a real terminal"),
    Need("node", "nodejs", f"figures are compared with ccusage {WANTED}, which starts through node"),
    Need("curl", "curl", "install.sh downloads with it"),
    Need("openssl", "openssl", "install.sh verifies signatures with it"),
    Need("shellcheck", "shellcheck", "install.sh and the head of the single files are linted"),
    Need("nginx", "nginx-light", "the server is attacked through it"),
    Need("haproxy", "haproxy", "the server is attacked through it"),
    Need("fail2ban-regex", "fail2ban", "the shipped filter is matched with log lines of the server"),
    Need("npm", "npm", f"it installs ccusage {WANTED}"),
)


def main() -> int:
    """Return 0 when all is there."""
    missing = [need for need in NEEDS if shutil.which(need.program) is None]
    print(f"The tests start these programs: {', '.join(need.program for need in NEEDS)}.", file=sys.stderr)
    print("The whole suite takes about ten minutes on two cores; `make quick` takes one.", file=sys.stderr)
    if missing and os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_get([need.package for need in missing])
        missing = [need for need in NEEDS if shutil.which(need.program) is None]
    for need in missing:
        hint = f"apt-get install {need.package}"
        print(f"the tests need {need.program} ({need.reason}); on Debian: {hint}", file=sys.stderr)
    if missing:
        return 1
    if installed() is None:
        print(
            f"Installing ccusage {WANTED} with npm into .cache/, to compare figures with it", file=sys.stderr
        )
    try:
        install()
    except NotInstalled as error:
        print(f"the tests need ccusage {WANTED}: {error}", file=sys.stderr)
        return 1
    return 0


def _apt_get(packages: list[str]) -> None:
    """Install Debian packages; what stays missing is named by the caller."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"Installing with apt-get, a minute or two: {', '.join(packages)}", file=sys.stderr)
    with _services_kept_stopped():
        for words in (["update", "-qq"], ["install", "-y", "-qq", *packages]):
            subprocess.run(["apt-get", *words], env=env, stdout=sys.stderr, check=False)


@contextmanager
def _services_kept_stopped() -> Iterator[None]:
    """Keep Debian from starting the services of packages that it installs; a policy that is there stays."""
    try:
        with POLICY.open("x") as file:
            file.write("#!/bin/sh\nexit 101\n")
    except FileExistsError:
        yield
        return
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


if __name__ == "__main__":
    sys.exit(main())
