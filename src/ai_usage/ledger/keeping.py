"""Copies of a ledger file, kept beside it before a migration or a repair."""

import os
import sqlite3
from pathlib import Path


def unused_name(path: Path) -> Path:
    """Return an unused path beside a damaged file, to keep the file under."""
    number = 1
    while (kept := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return kept


def backup(path: Path, kept: Path) -> None:
    """Copy a file into a new, private one with SQLite's backup function."""
    os.close(os.open(kept, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    target = sqlite3.connect(kept)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
