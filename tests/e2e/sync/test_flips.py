"""Whatever the disk does to a file, what the program says leads back to the true totals."""

import random

import pytest

from tests.e2e.sync.conftest import Fleet
from tests.e2e.sync.damaged import LEDGER, REMOTE, Pair, flip, truncate, zero_page

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


@pytest.mark.parametrize("name", [LEDGER, REMOTE])
def test_a_few_damaged_files_end_in_the_true_totals(own_fleet: Fleet, name: str) -> None:
    survive(own_fleet, name, range(SEED, SEED + 3))


@pytest.mark.soak
@pytest.mark.parametrize("name", [LEDGER, REMOTE])
def test_two_hundred_damaged_files_end_in_the_true_totals(own_fleet: Fleet, name: str) -> None:
    survive(own_fleet, name, range(SEED, SEED + 200))
