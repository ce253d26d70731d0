"""Small files beside logs, whatever they hold, and which project they tell."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from ai_usage.sources.agents.gemini.projects import project_of
from ai_usage.sources.side_file import read_side_file, read_side_line


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", b'{"a": 1}', {"a": 1}),
        ("a.json", b'\xef\xbb\xbf{"a": "\xff"}', {"a": "\ufffd"}),
        ("a.json", b"[1]", {}),
        ("a.json", b"{", {}),
        ("a.json", b"[" * 100_000, {}),
        ("a.json", b"", {}),
        ("a.toml", b'a = "b"\n[c]\nd = 1', {"a": "b", "c": {"d": 1}}),
        ("a.toml", b"a = ", {}),
    ],
)
def test_a_side_file_that_cannot_be_read_is_ignored(
    tmp_path: Path, name: str, text: bytes, told: dict[str, object]
) -> None:
    (tmp_path / name).write_bytes(text)
    assert read_side_file(str(tmp_path / name)) == told


def test_a_side_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert read_side_file(str(path)) == {}
    path.write_text('{"a": 1}')
    assert read_side_file(str(path)) == {"a": 1}
    path.write_text('{"a": 12}')
    assert read_side_file(str(path)) == {"a": 12}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_what_is_not_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.json")
    (tmp_path / "folder.json").mkdir()
    for name in ("fifo.json", "folder.json", "none.json", "\0.json"):
        assert read_side_file(str(tmp_path / name)) == {}
        assert read_side_line(str(tmp_path / name)) is None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_gemini_project_is_found_by_its_note_its_name_or_its_hash(tmp_path: Path) -> None:
    tmp = tmp_path / ".gemini" / "tmp"
    _write(tmp / "noted" / ".project_root", "/home/u/noted\n")
    _write(
        tmp_path / ".gemini" / "projects.json", '{"projects": {"/home/u/listed": "listed", "/home/u/x": 3}}'
    )
    _write(tmp_path / ".gemini" / "trustedFolders.json", '{"/home/u/trusted": "TRUST_FOLDER"}')

    def told(name: str) -> str | None:
        return project_of(str(tmp / name))

    def hashed(folder: str) -> str | None:
        return told(sha256(folder.encode()).hexdigest())

    assert told("noted") == "/home/u/noted"
    assert told("listed") == "/home/u/listed"
    assert told("unknown") is None
    assert hashed("/home/u/listed") == "/home/u/listed"
    assert hashed("/home/u/trusted") == "/home/u/trusted"
    assert hashed("/home/u/noted") == "/home/u/noted"
    assert hashed("/home/u/unknown") is None
