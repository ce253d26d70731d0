"""A short walk through all faults; `make soak` walks on."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.unit.sync.fleet_machine import Fleet

SHORT = settings(
    max_examples=6,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
MANY = settings(
    max_examples=200, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
LONG = settings(  # six, behind the smallest example that Hypothesis begins with
    max_examples=7, stateful_step_count=300, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_at_rest_all_machines_agree_after_any_faults() -> None:
    run_state_machine_as_test(Fleet, settings=SHORT)


@pytest.mark.soak
def test_at_rest_all_machines_agree_after_very_many_faults() -> None:
    run_state_machine_as_test(Fleet, settings=MANY)


@pytest.mark.soak
def test_at_rest_all_machines_agree_after_a_long_life() -> None:
    run_state_machine_as_test(Fleet, settings=LONG)
