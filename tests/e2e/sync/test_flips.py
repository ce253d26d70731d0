"""Whatever the disk does to a file, what the program says leads back to the true totals."""

import random
import sqlite3
from contextlib import closing

import pytest

from tests.e2e.sync.conftest import Fleet
from tests.e2e.sync.damaged import LEDGER, REMOTE, Pair, figures, flip, run, truncate, zero_page

SEED = 20261201


def survive(fleet: Fleet, name: str, seeds: range) -> None:
    pair = Pair(fleet)
    home = pair.one if name == LEDGER else pair.two
    for seed in seeds:
        chance = random.Random(seed)
        spoil = chance.choices((flip, truncate, zero_page), (8, 1, 1))[0]
        try:
            pair.survive(home, name, spoil, chance)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, {spoil.__name__} in {name}:\n{error}") from error


@pytest.mark.parametrize("words", [["sync", "push"], ["sync", "verify"], ["sync", "verify", "--repair"]])
def test_a_record_whose_key_changed_is_not_sent_and_makes_no_record_more(
    own_fleet: Fleet, words: list[str]
) -> None:
    pair = Pair(own_fleet)
    with closing(sqlite3.connect(pair.one.path / LEDGER)) as connection, connection:
        connection.execute("DELETE FROM confirmations")  # so that the record is to be sent
        connection.execute(
            "UPDATE records SET dedup_key = replace(dedup_key, 'msg_0', 'msg_1') WHERE change_number = 30"
        )

    done = run(pair.one, *words)

    assert "ledger.db is damaged: 1 record in it changed on the disk; that is taken out" in done.stderr
    pair.two.run("sync", "pull")
    assert figures(pair.two) == pair.truth["two"]
    pair.follow(pair.one)
    assert figures(pair.one) == pair.truth["one"]
    pair.follow(pair.two)
    assert figures(pair.two) == pair.truth["two"]


@pytest.mark.parametrize("name", [LEDGER, REMOTE])
def test_a_few_damaged_files_end_in_the_true_totals(own_fleet: Fleet, name: str) -> None:
    survive(own_fleet, name, range(SEED, SEED + 3))


@pytest.mark.soak
@pytest.mark.parametrize("name", [LEDGER, REMOTE])
def test_two_hundred_damaged_files_end_in_the_true_totals(own_fleet: Fleet, name: str) -> None:
    survive(own_fleet, name, range(SEED, SEED + 200))
