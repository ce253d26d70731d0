import os
from pathlib import Path

import pytest

from ai_usage.plain_file import NotRegular, read_plain


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 1024)
    assert read_plain(tmp_path / "f") == read_plain(tmp_path / "f", 1024) == b"x" * 1024


def test_what_has_no_end_or_is_too_large_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="it is not a regular file"):
            read_plain(path)
    with (tmp_path / "f").open("wb") as file:
        file.truncate((2 << 20) + 1)
    with pytest.raises(OSError, match="it is larger than 2 MiB"):
        read_plain(tmp_path / "f", 2 << 20)
    with pytest.raises(NotRegular, match="Is a directory"):
        read_plain(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "nothing")
