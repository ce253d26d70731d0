"""Build a new database from the readable rows of a damaged one.

The damaged file is kept beside it. What was lost comes back: each machine compares its days with the server's at its
next push and sends again what differs.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from ai_usage.server.storage.connection import connect, create_private, locate, prepare_place, translated
from ai_usage.server.storage.damage import BROKEN_CONTENT, checked_row
from ai_usage.server.storage.filling import FilledMachine, Filling
from ai_usage.server.storage.rows import ALL_COLUMNS, Row
from ai_usage.server.storage.schema import migrate
from ai_usage.server.storage.texts import Texts
from ai_usage.server.storage.watch import lock, lock_itself
from ai_usage.wire.messages import Report, decode_report
from ai_usage.wire.record import HOST_ID, SHA256, InvalidRecord
from ai_usage.wire.rfc3339 import EARLIEST, LATEST

_SKIPPED_SEQS: Final = 1_000_000
"""Seqs of lost records are not used again; otherwise machines would mistake new records for ones that they have."""
_SANE_SEQ: Final = 1 << 60


class Repaired(NamedTuple):
    """The result of a repair."""

    kept: Path
    """The damaged file."""
    record_count: int
    """The number of readable records."""
    set_aside: list[str]
    """Rows that were only partly readable."""


def repair(db_path: Path) -> Repaired:
    """Replace a damaged database by a new one with all readable rows.

    Raises:
        LedgerBusy: a server works on it.
        LedgerError: the new one cannot be written.
    """
    path = locate(db_path)
    prepare_place(path)
    locks = [lock(path)]
    try:
        itself = lock_itself(path)
        locks += [] if itself is None else [itself]
        with translated(path):
            kept = _keep(path)
            new = path.with_name(path.name + ".new")
            for leftover in (new, *_journals(new)):
                leftover.unlink(missing_ok=True)
            create_private(new)
            with closing(connect(new, writer=True)) as db:
                migrate(db)
                db.execute("BEGIN IMMEDIATE")
                with closing(sqlite3.connect(kept, isolation_level=None)) as old:
                    count, set_aside = _Salvage(old).fill(Filling(db))
                db.execute("COMMIT")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for journal in _journals(path):  # or it would be taken for that of the new file; a copy is kept
                journal.unlink(missing_ok=True)
            new.replace(path)
    finally:
        for held in locks:
            os.close(held)
    return Repaired(kept, count, set_aside)


class _Salvage:
    """Reads the readable rows of a damaged database."""

    def __init__(self, old: sqlite3.Connection) -> None:
        self._old = old
        old.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        self._texts = Texts(old)

    def fill(self, filling: Filling) -> tuple[int, list[str]]:
        """Fill a new database; return how many records it has, and which rows were set aside."""
        count, highest, set_aside = 0, 0, []
        metadata: dict[object, object] = dict(self._rows("SELECT key, value FROM server_metadata"))
        last = metadata.get("last_seq", "")
        known = int(last) if isinstance(last, str) and last.isdecimal() and len(last) < 19 else _SANE_SEQ
        for row in self._records():
            try:
                seq, checked, uploaded_at = checked_row(row, self._texts)
                if seq > known:
                    raise InvalidRecord("its seq was never given")
                filling.add(seq, checked, uploaded_at)
            except (InvalidRecord, sqlite3.IntegrityError) as fault:
                set_aside.append(f"record {row[0]}: {fault}")
                continue
            count, highest = count + 1, max(highest, seq)
        instance = metadata.get("instance_id", "")
        filling.finish(
            list(self._machines()),
            list(self._reports()),
            instance if isinstance(instance, str) and SHA256.fullmatch(instance) else None,
            max(highest, known if known < _SANE_SEQ else 0) + _SKIPPED_SEQS,
        )
        return count, set_aside

    def _records(self) -> Iterator[Row]:
        """Yield rows from the highest seq down, skipping unreadable pages."""
        below, step = 1 << 62, 1
        while below > 0:
            try:
                for row in self._old.execute(
                    f"SELECT {ALL_COLUMNS} FROM records NOT INDEXED WHERE seq < ? ORDER BY seq DESC", (below,)
                ):
                    if row[0] < below:  # else a page is reached twice
                        below, step = row[0], 1
                        yield row
                return
            except BROKEN_CONTENT:
                below, step = below - step, step * 2

    def _machines(self) -> Iterator[FilledMachine]:
        for host, last_seen, installation in self._rows("SELECT host, last_seen, installation FROM machines"):
            with suppress(*BROKEN_CONTENT):
                host_id = self._texts.text(host)
                if HOST_ID.fullmatch(host_id) and EARLIEST <= last_seen < LATEST:
                    bound = installation if installation and SHA256.fullmatch(installation) else None
                    yield FilledMachine(host_id, last_seen, bound)

    def _reports(self) -> Iterator[Report]:
        for (report,) in self._rows("SELECT report FROM integrity_reports"):
            with suppress(*BROKEN_CONTENT):
                yield decode_report(report.encode())

    def _rows(self, question: str) -> Iterator[Row]:
        with suppress(*BROKEN_CONTENT):
            yield from self._old.execute(question)


def _keep(path: Path) -> Path:
    """Copy a database with its journal beside it, under an unused name."""
    number = 1
    while (kept := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for source, copy in zip((path, *_journals(path)), (kept, *_journals(kept)), strict=True):
        if source.exists():
            create_private(copy)
            shutil.copyfile(source, copy)
    return kept


def _journals(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")
