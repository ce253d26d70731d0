import threading
from pathlib import Path

import pytest

from ai_usage.monitor.watch import Watch, is_remote

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /net nfs4 rw 0 0
tmpfs /net/quick tmpfs rw 0 0
//box/logs /a\\040b cifs rw 0 0
broken
"""


class Heard:
    """Counts how often it is woken."""

    def __init__(self) -> None:
        self.woken = threading.Semaphore(0)
        self.polling = False

    def wake(self) -> None:
        self.woken.release()

    def poll(self, *, polling: bool) -> None:
        self.polling = polling


@pytest.mark.parametrize(
    ("folder", "remote"),
    [
        ("/", False),
        ("/net", True),
        ("/net/ada", True),
        ("/network", False),
        ("/net/quick/x", False),
        ("/a b/c", True),
    ],
)
def test_folders_on_other_machines_are_known_by_their_file_system(
    tmp_path: Path, folder: str, remote: bool
) -> None:
    table = tmp_path / "mounts"
    table.write_text(MOUNTS)
    assert is_remote(folder, str(table)) is remote


def test_without_a_table_every_folder_is_local(tmp_path: Path) -> None:
    assert not is_remote("/", str(tmp_path / "none"))


def test_a_change_wakes_and_so_does_a_folder_that_appears(tmp_path: Path) -> None:
    there, later = tmp_path / "there", tmp_path / "later"
    there.mkdir()
    heard = Heard()
    watch = Watch([str(there), str(later)], heard)
    watch.start()
    try:
        assert heard.woken.acquire(timeout=20), "once at the beginning"
        (there / "deep").mkdir()
        assert heard.woken.acquire(timeout=20)
        (there / "deep" / "log").write_text("line\n")
        assert heard.woken.acquire(timeout=20)
        later.mkdir()
        assert heard.woken.acquire(timeout=20)
    finally:
        watch.stop()
        watch.join(20)
    assert not watch.is_alive()


def test_where_folders_lie_on_another_machine_they_are_polled(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text("server:/ / nfs rw 0 0\n")
    heard = Heard()
    watch = Watch([str(tmp_path)], heard, str(table))
    watch.start()
    try:
        assert heard.woken.acquire(timeout=20)
        assert heard.polling
    finally:
        watch.stop()
        watch.join(20)
