import os
from pathlib import Path

import pytest

from ai_usage.files.atomic import write_atomically


def test_a_file_is_created_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    write_atomically(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_is_replaced_and_its_target_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert (link.is_symlink(), link.read_bytes(), target.read_text()) == (False, b"new", "old")


def test_a_reader_of_the_old_file_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("old")
    with file.open() as reader:
        write_atomically(file, b"new")
        assert reader.read() == "old"


def test_a_failure_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    folder = tmp_path / "state.json"
    folder.mkdir()
    (folder / "inside").touch()
    with pytest.raises(OSError):
        write_atomically(folder, b"new")
    assert list(tmp_path.iterdir()) == [folder]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("old")
    child = os.fork()
    if child == 0:  # a limit on the size of files stands for the full disk, in a process of its own
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        try:
            write_atomically(file, b"x" * 1000)
        except OSError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])
