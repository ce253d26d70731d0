"""A server whose disk is full, as its user meets it: the words, the exit code, and that nothing is lost."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.homes import request
from tests.e2e.sync.conftest import Fleet
from tests.servers import running_proxy, start_server, write_config

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="mounts that only one process sees need Linux"
)

ROOM_KIB = 1024
"""For the database; a few thousand records fill it."""


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Fleet]:
    """Homes beside a server whose database lies on a small disk of its own, which only the server sees."""
    folder, disk = tmp_path / "server", tmp_path / "server/disk"
    disk.mkdir(parents=True)
    mounted = f'mount -t tmpfs -o size={ROOM_KIB}k none {disk} && exec "$@"'
    unshare = shutil.which("unshare")
    assert unshare is not None, "util-linux is needed; on Debian: apt-get install util-linux"
    within = (unshare, "--map-root-user", "--mount", "sh", "-c", mounted, "sh")
    server = start_server(folder, write_config(folder, db_path=str(disk / "data.db")), within)
    try:
        with running_proxy(tmp_path / "proxy", server.address) as proxy:
            yield Fleet(server, proxy, tmp_path)
    finally:
        server.stop()


def test_a_full_disk_of_the_server_is_named_and_nothing_is_lost_on_the_way(cramped: Fleet) -> None:
    one, two = cramped.home("one"), cramped.home("two")
    some, more = (
        [request(number, f"2026-11-{number % 20 + 1:02}T10:{number % 60:02}:00Z") for number in range(count)]
        for count in (300, 9000)
    )
    one.write_claude(some)
    one.run("sync", "push")

    one.write_claude(more)
    refused = one.run("sync", "push", code=4)

    assert "Traceback" not in refused.stderr
    said = refused.stderr.strip().rpartition("\n")[2]
    assert re.fullmatch(
        re.escape(
            f"ai-usage: {cramped.proxy.url}/v1/upload: 503: the server's disk is full; free some space there; "
        )
        + r"it asks to come back in 600 s, at 20[-0-9T:]+Z",
        said,
    ), said
    status = one.run("sync", "status").stdout
    assert "the server's disk is full" in status
    two.run("sync", "pull")  # what the server has it gives, also while its disk is full
    held = re.search(r"^claude,(\d+),", two.run("vendors", "--csv", "--host", "one").stdout, re.MULTILINE)
    assert held is not None
    assert 300 <= int(held[1]) < 9000

    # The server's disk as the server sees it; a little more room, as if something had been deleted.
    subprocess.run(
        ["nsenter", "-t", str(cramped.server.process.pid), "-U", "-m", "--preserve-credentials",
         "mount", "-o", "remount,size=64m", cramped.server.folder / "disk"],
        check=True,
    )  # fmt: skip
    one.run("sync", "push")
    two.run("sync", "pull")
    for home in (one, two):
        assert "one: checked, 9,000 records" in home.run("sync", "verify").stdout
