"""Records of this ledger that a server has confirmed or refused; stored in the ledger, beside the records."""

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
        """The part of the account that digests depend on besides the records."""
        return (
            f"{self.machine_id} {'with' if self.project_hash else 'without'} projects for {self.instance_id}"
        )


class Refusal(NamedTuple):
    """Why a server refused a record."""

    server_version: str
    reason: str


class Confirmed(NamedTuple):
    """The last confirmation of a server."""

    change_number: int
    """The server holds every change up to here except refused records."""
    seen_seq: int
    """The server's highest sequence number at that time."""


class Confirmations:
    """This ledger's account with one server."""

    def __init__(self, ledger: Ledger, account: Account) -> None:
        self._ledger = ledger
        self._account = account

    def watch(self) -> None:
        """Create the triggers that note changed days, unless they exist."""
        if self._ledger.note("digests") != self._account.spelling:
            with self._ledger.transaction() as connection:
                day_digests.watch(connection, self._account.spelling)

    def confirmed(self) -> Confirmed:
        """Return the last confirmation."""
        with self._ledger.reading() as connection:
            row = connection.execute(
                "SELECT change_number, seen_seq FROM confirmations"
                " WHERE instance_id = ? AND machine_id = ? AND project_hash = ?",
                self._account,
            ).fetchone()
        return Confirmed(0, 0) if row is None else Confirmed._make(row)

    def refused(self) -> dict[int, Refusal]:
        """Return the refused records that have not changed since, by change number."""
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
        """Store the server's answer, in one transaction.

        Args:
            number: the server has answered for all changes up to here; a lower number than before is ignored.
            refused: refused records, by change number.
            taken: records refused before and accepted now.
            seen_seq: the server's highest sequence number, if it is known.
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
        """Cache digests that were computed in a snapshot."""
        if computed:
            with self._ledger.transaction() as connection:
                day_digests.remember(connection, computed, marks)

    def forget_digests(self) -> None:
        """Delete all cached digests."""
        with self._ledger.transaction() as connection:
            day_digests.forget_all(connection)
            connection.execute("DELETE FROM meta WHERE key = 'report'")
