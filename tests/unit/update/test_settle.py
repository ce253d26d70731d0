"""A server's first starts, as a table of what lies in the folder before and after."""

import os
from pathlib import Path

import pytest

from ai_usage.update import replace
from ai_usage.update.replace import Place
from ai_usage.update.settle import State, announce, before_start, read_state, settle
from ai_usage.update.version import Version

OLD, NEW = Version(4, 0, 0), Version(4, 0, 1)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    executable = tmp_path / "ai-usage-server"
    executable.write_text("old")
    return Place(executable)


def install(place: Place, new: str = "new") -> None:
    announce(place, NEW)
    replace.keep_old(place)
    download = place.folder / "download"
    download.write_text(new)
    replace.put_in_place(download, place)


def contents(place: Place) -> dict[str, str]:
    return {path.name: path.read_text() for path in place.folder.iterdir() if path != place.state}


def test_a_program_that_settles_at_its_first_start_stays(place: Place) -> None:
    install(place)
    assert before_start(place) is None
    settle(place, NEW)
    assert (contents(place), read_state(place)) == ({"ai-usage-server": "new"}, State())
    assert not place.state.exists()


def test_a_program_that_does_not_settle_is_rolled_back_at_the_second_start_and_refused(place: Place) -> None:
    install(place)
    assert before_start(place) is None
    assert contents(place) == {"ai-usage-server": "new", "ai-usage-server.old": "old"}
    assert before_start(place) == NEW
    assert (contents(place), read_state(place)) == ({"ai-usage-server": "old"}, State(refused=NEW))
    settle(place, OLD)
    assert read_state(place) == State(refused=NEW)


def test_a_roll_back_that_was_cut_off_is_finished(place: Place) -> None:
    install(place)
    place.state.write_text('{"announced": null, "starts": 0, "refused": "4.0.1"}')
    assert before_start(place) == NEW
    assert contents(place) == {"ai-usage-server": "old"}


def test_an_install_that_was_cut_off_before_the_rename_ends_with_the_old_program(place: Place) -> None:
    announce(place, NEW)
    replace.keep_old(place)
    assert before_start(place) is None
    settle(place, OLD)
    assert (contents(place), read_state(place)) == ({"ai-usage-server": "old"}, State())


def test_a_refusal_ends_when_a_newer_program_runs(place: Place) -> None:
    place.state.write_text('{"announced": null, "starts": 0, "refused": "4.0.1"}')
    settle(place, Version(4, 0, 2))
    assert not place.state.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"announced": 7, "starts": "x"}', '{"announced": "4"}']
)
def test_a_damaged_state_is_ignored(place: Place, text: str) -> None:
    place.state.write_text(text)
    place.kept.write_text("old")
    assert before_start(place) is None
    assert contents(place) == {"ai-usage-server": "old", "ai-usage-server.old": "old"}


def test_without_a_kept_program_there_is_nothing_to_put_back(place: Place) -> None:
    announce(place, NEW)
    assert before_start(place) is None
    assert before_start(place) is None
    assert contents(place) == {"ai-usage-server": "old"}


def test_links_beside_the_program_are_replaced_and_never_followed(place: Place, tmp_path: Path) -> None:
    victim = tmp_path.parent / f"{tmp_path.name}-victim"
    victim.write_text("not ours")
    for name in (place.state.name, f"{place.state.name}.new", place.kept.name):
        place.folder.joinpath(name).symlink_to(victim)
    install(place)
    assert victim.read_text() == "not ours"
    assert not place.state.is_symlink()
    assert not place.kept.is_symlink()
    assert read_state(place) == State(announced=NEW)
    assert place.state.stat().st_mode & 0o777 == 0o600


def test_a_pipe_in_place_of_the_state_is_not_waited_for(place: Place) -> None:
    os.mkfifo(place.state)
    assert read_state(place) == State()
