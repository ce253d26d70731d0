from pathlib import Path

import pytest

from ai_usage.errors import UpdateError
from ai_usage.update.keys import built_in_keys, read_keys, write_key

KEY = bytes(range(32))
LINE = "MCowBQYDK2VwAyEAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_a_line_is_the_middle_of_the_keys_pem_file() -> None:
    assert write_key(KEY) == LINE
    assert read_keys(f"# first\n\n{LINE} 2026-11\n{LINE}# again\n") == (KEY, KEY)


@pytest.mark.parametrize("line", ["hello", "AAAA", LINE[:-4], "MCowBQYDK2Vu" + LINE[12:]])
def test_a_line_that_is_not_an_ed25519_key_is_an_error(line: str) -> None:
    with pytest.raises(UpdateError, match="in the list of release keys"):
        read_keys(line)


def test_the_repository_carries_public_keys_only() -> None:
    assert all(len(key) == 32 for key in built_in_keys())
    root = Path(__file__).parents[3]
    folders = (root / "src", root / "scripts", root / "docs", root / ".github")
    texts = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in {".txt", ".pem", ".key", ".yml"}
    ]
    assert texts
    assert [path for path in texts if b"PRIVATE KEY" in path.read_bytes()] == []
