import os
import sqlite3
import time
from pathlib import Path

import pytest

from ai_usage.ledger.ledger import Ledger
from ai_usage.monitor.crew import Crew
from ai_usage.monitor.events import Event, Intake, Snapshot, Told
from ai_usage.monitor.look import Look
from ai_usage.monitor.picture import Picture, picture_of
from ai_usage.monitor.span import ALL, Span
from ai_usage.report.build import build
from ai_usage.report.gather import HostView
from ai_usage.report.question import Filters, Question
from ai_usage.usage.window import EVERYTHING
from tests.unit.report.worlds import at, record, view

from .worlds import BERLIN, NOON, Home, eventually


class Reader:
    """Takes what a crew tells, as the screen would."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.events: list[Event] = crew.mailbox.attach(self._take)

    def _take(self, event: Event) -> None:
        self.events.append(event)

    def __enter__(self) -> "Reader":
        self.crew.start()
        self.crew.go_on()
        return self

    def __exit__(self, *_: object) -> None:
        self.crew.stop()

    @property
    def snapshots(self) -> list[Snapshot]:
        return [event for event in list(self.events) if isinstance(event, Snapshot)]

    def requests(self, count: int) -> Snapshot:
        """Wait for a snapshot with so many requests."""
        return eventually(lambda: next((each for each in self.snapshots if _requests(each) == count), None))


def _requests(snapshot: Snapshot) -> int:
    return sum(cell.total.requests for cell in snapshot.usage.cells[True])


def pictured(snapshot: Snapshot, look: Look, now: int = NOON) -> Picture:
    return picture_of(snapshot, look, now, most_points=50)


def test_a_picture_says_what_the_report_of_the_command_line_says(home: Home) -> None:
    with Reader(home.crew(ALL)) as reader:
        snapshot = reader.requests(3)
    with Ledger.open(home.ledger, write=False) as ledger:
        views = [HostView("desk", ledger, local=True)]
        for grouping in ("models", "vendors", "hosts", "projects", "daily", "weekly", "monthly"):
            question = Question(BERLIN, NOON, EVERYTHING, sort=Look().sort)
            report = build(grouping, question, views, snapshot.catalog)
            assert pictured(snapshot, Look(grouping=grouping)).overview.report == report
    picture = pictured(snapshot, Look())
    assert [(str(day.date), day.total.requests) for day in picture.days] == [
        ("2026-11-22", 2),
        ("2026-11-21", 0),
        ("2026-11-20", 1),
    ]
    assert picture.hosts == ()
    assert "mystery-9" in picture.notes[0]


def test_new_lines_come_by_themselves_and_without_any_nothing_is_read_again(home: Home) -> None:
    with Reader(home.crew()) as reader:
        reader.requests(3)
        home.write("2026-11-22T10:00:00.000Z")
        reader.requests(4)
        home.write("2026-11-22T10:00:01.000Z", session="s3")
        reader.requests(5)
        eventually(lambda: home.settled == 3)
        time.sleep(0.5)
        before = len(reader.snapshots)
        for _ in range(5):
            reader.crew.feed.nudge()
            reader.crew.intake.wake()
            time.sleep(0.1)
        assert len(reader.snapshots) == before


def test_folders_that_appear_later_are_watched_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with Reader(home.crew()) as reader:
        reader.requests(0)
        home.write("2026-11-22T08:00:00.000Z")
        reader.requests(1)


def test_another_window_is_read_when_it_is_asked_for(home: Home) -> None:
    with Reader(home.crew(Span(1))) as reader:
        reader.requests(2)
        reader.crew.feed.ask(Span(3))
        snapshot = reader.requests(3)
        assert snapshot.span == Span(3)
        reader.crew.feed.ask(Span(1))
        assert eventually(lambda: reader.snapshots[-1].span == Span(1))


def test_at_midnight_the_window_is_another_one(home: Home) -> None:
    home.now = at("2026-11-22T23:59:59.900")
    with Reader(home.crew(Span(1))) as reader:
        reader.requests(2)
        home.now = at("2026-11-23T00:00:00.100")
        eventually(lambda: reader.snapshots[-1].usage.buckets[0].name.startswith("2026-11-23"))
        assert _requests(reader.snapshots[-1]) == 0
        home.write("2026-11-22T23:00:05.000Z")
        reader.requests(1)


def test_what_another_process_stored_is_seen(home: Home) -> None:
    with Reader(home.crew(ingesting=False)) as reader:
        reader.requests(0)
        with Reader(home.crew()) as other:
            other.requests(3)
        reader.crew.feed.nudge()
        reader.requests(3)


def test_a_ledger_that_cannot_be_written_is_read_into_a_copy(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.environ.setdefault("TMPDIR", "/tmp")
    home = Home(tmp_path)
    home.write("2026-11-22T08:00:00.000Z")
    home.ledger.parent.parent.joinpath("data").write_text("a file where the folder should be")
    with Reader(home.crew()) as reader:
        reader.requests(1)
        lent = reader.crew.intake.serving()
        assert lent != home.ledger
        problem = eventually(
            lambda: next((e for e in reader.events if isinstance(e, Intake) and e.problem), None)
        )
        assert problem.problem.endswith("; the figures are right, but nothing of them is kept")
    assert not lent.parent.exists()


def test_a_damaged_ledger_is_moved_aside_and_that_is_said(home: Home) -> None:
    home.ledger.parent.mkdir()
    home.ledger.write_bytes(b"this is no database, whatever it may be called\n" * 200)
    with Reader(home.crew()) as reader:
        reader.requests(3)
        told = next(event for event in reader.events if isinstance(event, Told))
        assert told.bad
        assert "ledger.db.damaged-1" in told.text
    assert home.ledger.with_name("ledger.db.damaged-1").read_bytes().startswith(b"this is no database")


def test_a_ledger_that_is_replaced_is_opened_again(home: Home) -> None:
    with Reader(home.crew()) as reader:
        reader.requests(3)
        for suffix in ("", "-wal", "-shm"):
            home.ledger.with_name(home.ledger.name + suffix).unlink(missing_ok=True)
        home.write("2026-11-22T10:00:00.000Z")
        reader.requests(4)


def test_requests_of_two_machines_count_once_and_under_each(home: Home) -> None:
    home.others.append(
        lambda: view(
            "laptop", record("m1", "2026-11-21T10:00"), record("m2", "2026-11-22T10:00"), local=False
        )
    )
    with Reader(home.crew()) as reader:
        snapshot = reader.requests(5)
        picture = pictured(snapshot, Look())
        assert {row.keys[0]: row.total.requests for row in picture.hosts} == {"desk": 3, "laptop": 2}
        alone = pictured(snapshot, Look(filters=Filters(host=("laptop",)), grouping="hosts"))
        assert [(row.keys, row.total.requests) for row in alone.overview.report.rows] == [(("laptop",), 2)]


def test_filters_and_grouping_ask_no_ledger(home: Home) -> None:
    with Reader(home.crew(ALL)) as reader:
        snapshot = reader.requests(3)
    home.ledger.unlink()
    look = Look(filters=Filters(model=("opus",), project=("shop",)), grouping="projects", split="model")
    picture = pictured(snapshot, look)
    assert [(row.label, row.total.requests) for row in picture.overview.report.rows] == [("shop", 2)]
    assert picture.overview.series == ("Opus 4.6",)


@pytest.mark.parametrize("days", [1, 2, 7, 400])
def test_every_window_has_the_same_sums_in_rows_points_and_days(home: Home, days: int) -> None:
    with Reader(home.crew(Span(days))) as reader:
        snapshot = eventually(lambda: next((s for s in reader.snapshots if _requests(s) >= 2), None))
    picture = pictured(snapshot, Look())
    total = picture.overview.report.total
    assert sum(point.total.requests for point in picture.overview.points) == total.requests
    assert (
        sum(day.total.cost for day in picture.days)
        == total.cost
        == sum(p.total.cost for p in picture.overview.points)
    )


def test_leaving_in_the_middle_of_a_long_reading_leaves_a_whole_ledger(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for session in range(60):
        home.write(*["2026-11-22T08:00:00.000Z"] * 400, session=f"s{session}")
    reader = Reader(home.crew())
    with reader:
        eventually(lambda: home.ledger.with_name("ledger.db-journal").exists())
    assert not any(thread.is_alive() for thread in (reader.crew.intake, reader.crew.feed))
    connection = sqlite3.connect(home.ledger)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    with Reader(home.crew()) as again:
        again.requests(24_000)
