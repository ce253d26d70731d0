"""Store repeated text once: ids for hosts, vendors, models, efforts and project hashes."""

import sqlite3
from typing import Final

from ai_usage.errors import LedgerDamaged

_KEPT: Final = 50_000


class Texts:
    """Caches ids by text and texts by id; one object per connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._ids: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._groups: dict[tuple[str | None, ...], tuple[int | None, ...]] = {}
        self._spelled: dict[tuple[int | None, ...], tuple[str | None, ...]] = {}
        self._version = -1

    def refresh(self) -> None:
        """Clear the cache if another connection changed the texts; call this at the start of a transaction."""
        version: int = self._db.execute("SELECT texts_version FROM server_writes").fetchone()[0]
        if version != self._version:
            self.forget()
            self._version = version

    def find(self, text: str) -> int | None:
        """Return the id of a text, None without one."""
        found = self._ids.get(text)
        if found is None:
            row = self._db.execute("SELECT id FROM texts WHERE text = ?", (text,)).fetchone()
            if row is not None:
                found = self._remember(row[0], text)
        return found

    def intern(self, text: str) -> int:
        """Return the id of a text, giving it one if it has none; only for the writer, inside its transaction."""
        found = self.find(text)
        if found is None:
            cursor = self._db.execute("INSERT INTO texts (text) VALUES (?)", (text,))
            assert cursor.lastrowid is not None
            found = self._remember(cursor.lastrowid, text)
        return found

    def intern_all(self, *texts: str | None) -> tuple[int | None, ...]:
        """Return the ids of texts that often come together, None for None; only for the writer."""
        found = self._groups.get(texts)
        if found is None:
            found = tuple(None if text is None else self.intern(text) for text in texts)
            if len(self._groups) >= _KEPT:
                self._groups.clear()
            self._groups[texts] = found
        return found

    def text_all(self, *numbers: int | None) -> tuple[str | None, ...]:
        """Return the texts of ids that often come together, None for None.

        Raises:
            LedgerDamaged: other hands have deleted one.
        """
        found = self._spelled.get(numbers)
        if found is None:
            found = tuple(None if number is None else self.text(number) for number in numbers)
            if len(self._spelled) >= _KEPT:
                self._spelled.clear()
            self._spelled[numbers] = found
        return found

    def text(self, number: int) -> str:
        """Return the text of an id.

        Raises:
            LedgerDamaged: other hands have deleted it.
        """
        found = self._texts.get(number)
        if found is None:
            row = self._db.execute("SELECT text FROM texts WHERE id = ?", (number,)).fetchone()
            if row is None:
                raise LedgerDamaged(f"text {number} is missing from the database")
            found = str(row[0])
            self._remember(number, found)
        return found

    def forget(self) -> None:
        """Clear the cache, for instance after a roll back."""
        self._ids.clear()
        self._texts.clear()
        self._groups.clear()
        self._spelled.clear()

    def _remember(self, number: int, text: str) -> int:
        if len(self._ids) >= _KEPT:
            self.forget()
        self._ids[text] = number
        self._texts[number] = text
        return number
