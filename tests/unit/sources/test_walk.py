"""Which files a walk finds, through links, around circles, past what cannot be entered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ai_usage.sources.base import Unreadable
from ai_usage.sources.walk import find_folders, find_logs

Found = tuple[list[str], list[tuple[str, str]]]


def walk(root: Path) -> Found:
    """The logs below a root and what could not be looked at, as paths below it."""
    unreadable: list[Unreadable] = []
    found = find_logs(str(root), lambda name: name.endswith(".jsonl"), unreadable)
    return (
        sorted(os.path.relpath(log.path, root) for log in found),
        sorted((os.path.relpath(each.path, root), each.reason) for each in unreadable),
    )


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_logs_are_found_at_any_depth_and_told_apart(tmp_path: Path) -> None:
    log = touch(tmp_path / "a" / "b" / "c.jsonl")
    log.write_bytes(b"12345")
    touch(tmp_path / "a" / "c.txt")
    (found,) = find_logs(str(tmp_path), lambda name: name.endswith(".jsonl"), [])
    info = log.stat()
    assert found == (str(log), info.st_dev, info.st_ino, 5, info.st_mtime_ns)


def test_a_missing_root_holds_nothing(tmp_path: Path) -> None:
    assert walk(tmp_path / "nowhere") == ([], [])
    assert list(find_folders(str(tmp_path / "nowhere"), [])) == []


def test_a_root_that_is_a_file_is_named(tmp_path: Path) -> None:
    root = touch(tmp_path / "file")
    assert walk(root) == ([], [(".", "Not a directory")])
    unreadable: list[Unreadable] = []
    assert (list(find_folders(str(root), unreadable)), unreadable[0].reason) == ([], "Not a directory")


def test_links_are_followed_but_no_circle(tmp_path: Path) -> None:
    root = tmp_path / "root"
    touch(root / "a" / "one.jsonl")
    touch(tmp_path / "elsewhere" / "two.jsonl")
    (root / "a" / "up").symlink_to(root)
    (root / "a" / "self").symlink_to(root / "a")
    (root / "a" / "above").symlink_to(tmp_path)
    (root / "a" / "beside").symlink_to(tmp_path / "elsewhere")
    (root / "again").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(root)
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "elsewhere")
    (root / "round.jsonl").symlink_to(root / "round.jsonl")
    (root / "gone.jsonl").symlink_to(root / "gone")
    (root / "linked.jsonl").symlink_to(root / "a" / "one.jsonl")
    found, unreadable = walk(root)
    assert [path for path in found if path.endswith("one.jsonl")] == ["a/one.jsonl"]
    assert len([path for path in found if path.endswith("two.jsonl")]) == 1
    assert "linked.jsonl" in found
    assert len(found) == 3
    assert [path for path, _ in unreadable] == ["gone.jsonl", "round.jsonl"]


def test_a_link_to_everything_is_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "one.jsonl")
    (tmp_path / "everything").symlink_to(tmp_path.anchor)
    assert walk(tmp_path) == (["one.jsonl"], [])


def test_a_linked_root_is_walked(tmp_path: Path) -> None:
    touch(tmp_path / "there" / "a" / "one.jsonl")
    (tmp_path / "here").symlink_to(tmp_path / "there")
    assert walk(tmp_path / "here") == (["a/one.jsonl"], [])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_what_is_named_like_a_log_but_is_not_a_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.jsonl")
    (tmp_path / "device.jsonl").symlink_to(os.devnull)
    touch(tmp_path / "folder.jsonl" / "inside.jsonl")
    os.mkfifo(tmp_path / "fifo.txt")
    assert walk(tmp_path) == (
        ["folder.jsonl/inside.jsonl"],
        [("device.jsonl", "not a regular file"), ("fifo.jsonl", "not a regular file")],
    )


def test_folders_that_are_not_wanted_are_not_entered(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a.jsonl")
    touch(tmp_path / "out" / "b.jsonl")
    (tmp_path / "linked").symlink_to(tmp_path / "out")
    found = find_logs(str(tmp_path), lambda _: True, [], enter=lambda name: name not in ("out", "linked"))
    assert [os.path.basename(log.path) for log in found] == ["a.jsonl"]


def test_folders_right_below_are_found_through_links_too(tmp_path: Path) -> None:
    touch(tmp_path / "root" / "a" / "deep" / "x")
    touch(tmp_path / "root" / "file")
    (tmp_path / "root" / "b").symlink_to(tmp_path / "root" / "a")
    (tmp_path / "root" / "round").symlink_to(tmp_path / "root" / "round")
    unreadable: list[Unreadable] = []
    found = find_folders(str(tmp_path / "root"), unreadable)
    assert sorted(map(os.path.basename, found)) == ["a", "b"]
    assert [os.path.basename(path) for path, _ in unreadable] == ["round"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_folder_without_permission_is_named_and_the_rest_found(tmp_path: Path) -> None:
    """In a process of its own: root may read anything, so it becomes another user first."""
    touch(tmp_path / "open" / "a.jsonl")
    touch(tmp_path / "shut" / "b.jsonl").parent.chmod(0)
    tmp_path.chmod(0o755)
    program = f"""
import os
from ai_usage.sources.walk import find_logs
os.chdir({str(tmp_path)!r})  # the folders above may be closed to everyone else
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
unreadable = []
print([log.path for log in find_logs(".", lambda name: name.endswith(".jsonl"), unreadable)])
print([tuple(each) for each in unreadable])
"""
    try:
        told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    finally:
        (tmp_path / "shut").chmod(0o755)
    assert told.stdout.splitlines() == ["['./open/a.jsonl']", "[('./shut', 'Permission denied')]"], (
        told.stderr
    )
