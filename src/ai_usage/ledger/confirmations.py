"""What a server holds of this machine's ledger, and what it refused: kept in the ledger, beside the records."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ai_usage.ledger import day_digests
from ai_usage.ledger.day_digests import KnownDay
from ai_usage.ledger.ledger import Ledger


class Account(NamedTuple):
    """A server, and the name and policy under which this ledger's records are sent there."""

    instance_id: str
    machine_id: str
    project_hash: bool

    @property
    def spelling(self) -> str:
        """What digests of this ledger depend on besides its records."""
        return (
            f"{self.machine_id} {'with' if self.project_hash else 'without'} projects for {self.instance_id}"
        )


class Refusal(NamedTuple):
    """Why a server would not take a record."""

    server_version: str
    reason: str


class Confirmed(NamedTuple):
    """What a server has confirmed."""

    change_number: int
    """It holds every change up to here but what it refused."""
    seen_seq: int
    """Its highest number at that time."""


class Confirmations:
    """This ledger's account with one server."""

    def __init__(self, ledger: Ledger, account: Account) -> None:
        self._ledger = ledger
        self._account = account

    def watch(self) -> None:
        """Have changed days noted from now on, where they are not yet."""
        if self._ledger.note("digests") != self._account.spelling:
            with self._ledger.transaction() as connection:
                day_digests.watch(connection, self._account.spelling)

    def confirmed(self) -> Confirmed:
        """Return what the server has confirmed so far."""
        with self._ledger.reading() as connection:
            row = connection.execute(
                "SELECT change_number, seen_seq FROM confirmations"
                " WHERE instance_id = ? AND machine_id = ? AND project_hash = ?",
                self._account,
            ).fetchone()
        return Confirmed(0, 0) if row is None else Confirmed._make(row)

    def refused(self) -> dict[int, Refusal]:
        """Return the records that the server refused and that did not change since, by change number."""
        with self._ledger.reading() as connection:
            rows = connection.execute(
                "SELECT change_number, server_version, reason FROM set_aside JOIN records USING (change_number)"
                " WHERE instance_id = ? AND machine_id = ?",
                self._account[:2],
            ).fetchall()
        return {number: Refusal(version, reason) for number, version, reason in rows}

    def confirm(
        self,
        number: int,
        refused: Mapping[int, Refusal] = {},
        taken: Collection[int] = (),
        *,
        seen_seq: int | None = None,
    ) -> None:
        """Note what the server answered, in one transaction.

        Args:
            number: it has answered for all changes up to here; never goes back.
            refused: what it would not take, by change number.
            taken: what it refused before and has now taken.
            seen_seq: its highest number, where it has told.
        """
        account = self._account
        with self._ledger.transaction() as connection:
            connection.execute(
                "INSERT INTO confirmations VALUES (?1, ?2, ?3, ?4, ifnull(?5, 0)) ON CONFLICT DO UPDATE"
                " SET change_number = max(change_number, ?4), seen_seq = ifnull(?5, seen_seq)",
                (*account, number, seen_seq),
            )
            if refused or taken:
                connection.executemany(
                    "INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?, ?)",
                    [(*account[:2], each, *refusal) for each, refusal in refused.items()],
                )
                connection.executemany(
                    "DELETE FROM set_aside WHERE instance_id = ? AND machine_id = ? AND change_number = ?",
                    [(*account[:2], each) for each in taken],
                )
                day_digests.note_changed_records(connection, [*refused, *taken])

    def remember_days(self, computed: Mapping[int, KnownDay], marks: Mapping[int, int]) -> None:
        """Keep digests that were computed in a snapshot."""
        if computed:
            with self._ledger.transaction() as connection:
                day_digests.remember(connection, computed, marks)

    def forget_digests(self) -> None:
        """Trust no remembered digest."""
        with self._ledger.transaction() as connection:
            day_digests.forget_all(connection)
            connection.execute("DELETE FROM meta WHERE key = 'report'")
