import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ai_usage.errors import LedgerDamaged
from ai_usage.files.sqlite_header import has_wrong_write_version, mend_write_version
from ai_usage.ledger.healing import put_right
from ai_usage.ledger.ledger import Ledger


def spoil(path: Path, version: int) -> None:
    content = bytearray(path.read_bytes())
    content[18] = version
    path.write_bytes(content)


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("version", [0, 3, 6, 66, 130])
def test_a_damaged_write_version_is_put_back(tmp_path: Path, journal: str, version: int) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA journal_mode = {journal}")
        db.execute("CREATE TABLE t (x)")
    before = path.read_bytes()
    assert not has_wrong_write_version(path)
    spoil(path, version)
    assert has_wrong_write_version(path)
    mend_write_version(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"another file of some length"])
def test_another_file_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    mend_write_version(path)
    assert path.read_bytes() == content


def test_a_ledger_that_its_header_makes_read_only_is_damaged_and_put_right(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger.open(path).close()
    spoil(path, 130)
    with pytest.raises(LedgerDamaged, match="a bit in its header forbids writing"):
        write(path)
    assert put_right(path, own=True) is None
    write(path)


def write(path: Path) -> None:
    with Ledger.open(path) as ledger, ledger.transaction() as connection:
        connection.execute("INSERT INTO meta VALUES ('test', '1')")
