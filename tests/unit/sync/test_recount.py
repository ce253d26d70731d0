"""An owner counts again under other keys: the others drop its old records if its report covers their days."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ai_usage.sync.clean import clean
from ai_usage.sync.integrity import Verdict, check_hosts
from ai_usage.sync.pull import Pull
from ai_usage.sync.running import running
from ai_usage.sync.state import Status
from ai_usage.usage.record import UsageRecord
from tests.machines import TestMachine, at, many, usage
from tests.servers import RunningServer, running_server
from tests.unit.sync.masks import Handler, as_old, masked, pass_on

DAY_US = 86_400_000_000
OLD = list(many("old", 12, at(1), DAY_US // 2))
NEW = list(many("new", 12, at(1), DAY_US // 2))


class Pair:
    """An owner that counts again, and an observer."""

    def __init__(self, folder: Path, server: RunningServer, url: str) -> None:
        self.server = server
        self.ant = TestMachine(folder / "ant", "ant", url, at(400, 3600))
        self.bee = TestMachine(folder / "bee", "bee", url, at(400, 3600))

    def share(self, records: Iterable[UsageRecord]) -> None:
        """Let the observer have the owner's records."""
        self.ant.write(list(records))
        self.ant.cycle()
        assert self.bee.cycle().verdicts["ant"].status in (Status.CHECKED, Status.UNSUPPORTED)

    def recount(self, records: Iterable[UsageRecord]) -> None:
        """Replace the owner's ledger, as the older program does: the server drops records that it lacks."""
        with contextlib.closing(sqlite3.connect(self.server.database, timeout=10)) as connection, connection:
            connection.execute("DELETE FROM records")
        shutil.rmtree(self.ant.paths.data)
        self.ant.write(list(records))
        assert self.ant.restore().received == 0

    def agree(self) -> bool:
        """Say whether the observer has exactly the owner's records."""
        return self.bee.view("ant") == self.ant.view("ant")


@contextmanager
def paired(folder: Path, *, old: bool = False) -> Iterator[Pair]:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running_server(folder / "server"))
        url = stack.enter_context(masked(as_old(server.url, integrity=True))).url if old else server.url
        yield Pair(folder, server, url)


def cleaned(machine: TestMachine) -> dict[str, Verdict]:
    """Do what `sync clean` does."""
    with running(machine.machine) as session:
        clean(session)
        pull = Pull(session)
        pull.run()
        return check_hosts(session, pull)


def test_a_pull_replaces_the_days_that_the_owner_counted_again(tmp_path: Path) -> None:
    with paired(tmp_path) as pair:
        pair.share(OLD)
        pair.recount(NEW)

        assert pair.bee.cycle().verdicts["ant"].status is Status.CHECKED
        assert pair.agree()


def test_days_that_were_moved_in_vain_are_moved_again_for_a_new_report(tmp_path: Path) -> None:
    with paired(tmp_path) as pair:
        pair.share(OLD)

        def without_reports(handler: Handler) -> None:
            if handler.path == "/v1/integrity/report":
                handler.say(503, b"busy")
            else:
                handler.say(*pass_on(handler, pair.server.url))

        with masked(without_reports) as mask:
            pair.ant.server_url = mask.url
            with contextlib.suppress(Exception):
                pair.recount(NEW)
        assert pair.bee.cycle().verdicts["ant"].status is not Status.CHECKED
        assert len(pair.bee.view("ant")) == 24, "no report confirms that the old ones are gone"
        pair.ant.server_url = pair.server.url
        pair.ant.restore()

        assert pair.bee.cycle().verdicts["ant"].status is Status.CHECKED
        assert pair.agree()


@pytest.mark.parametrize("remedy", ["clean", "verify"])
@pytest.mark.parametrize("old", [False, True], ids=["with-days", "without-days"])
def test_clean_and_repair_replace_a_file_that_is_what_the_owner_reported(
    tmp_path: Path, remedy: str, old: bool
) -> None:
    with paired(tmp_path, old=old) as pair:
        pair.share(OLD)
        pair.recount(NEW)
        if old:
            assert pair.bee.cycle().verdicts["ant"].status is Status.FAILED
            assert len(pair.bee.view("ant")) == 24
        if remedy == "clean":
            status = cleaned(pair.bee)["ant"].status
        else:
            status = pair.bee.verify(repair=True)[1].status

        assert status is Status.CHECKED
        assert pair.agree()
        assert pair.bee.cycle().verdicts["ant"].status is Status.CHECKED


@pytest.mark.parametrize("remedy", ["clean", "verify"])
@pytest.mark.parametrize("old", [False, True], ids=["with-days", "without-days"])
def test_what_the_server_lost_and_no_report_disowns_stays(tmp_path: Path, remedy: str, old: bool) -> None:
    with paired(tmp_path, old=old) as pair:
        pair.share(OLD)
        before = pair.bee.view("ant")
        with contextlib.closing(sqlite3.connect(pair.server.database, timeout=10)) as connection, connection:
            connection.execute("DELETE FROM records WHERE seq > 8")
        if remedy == "clean":
            cleaned(pair.bee)
        else:
            pair.bee.verify(repair=True)

        assert pair.bee.view("ant") == before


@pytest.mark.parametrize("remedy", ["clean", "verify"])
def test_a_report_vouches_for_no_loss_after_its_end(tmp_path: Path, remedy: str) -> None:
    with paired(tmp_path) as pair:
        today = [usage("today-1", at(400, 10)), usage("today-2", at(400, 20))]
        pair.share([*OLD, *today])
        before = pair.bee.view("ant")
        with contextlib.closing(sqlite3.connect(pair.server.database, timeout=10)) as connection, connection:
            connection.execute("DELETE FROM records WHERE seq = 14")
        if remedy == "clean":
            assert cleaned(pair.bee)["ant"].status is Status.CHECKED
        else:
            pair.bee.verify(repair=True)

        assert pair.bee.view("ant") == before


def test_a_recount_of_more_days_than_one_sync_moves_is_replaced_as_a_whole(tmp_path: Path) -> None:
    with paired(tmp_path) as pair:
        pair.share(many("old", 350, at(-49), DAY_US))
        pair.recount(many("new", 350, at(-49), DAY_US))
        verdict = pair.bee.cycle().verdicts["ant"]
        assert (verdict.status, verdict.reason) == (
            Status.PENDING,
            "50 more days differ; the next sync fetches them",
        )
        assert pair.bee.verify(repair=True)[1].status is Status.CHECKED
        assert pair.agree()
