import re

import pytest

from ai_usage.config.machine import machine_name, this_machine_name


@pytest.mark.parametrize(
    ("machine_id", "host_name", "expected"),
    [
        pytest.param("laptop", "Ada's Mac", "laptop", id="the configured id wins"),
        pytest.param(
            None, "Ada.Example_1", "ada-example_1", id="letters of an id stay, others become dashes"
        ),
        pytest.param(None, "büro", "b-ro", id="letters beyond ASCII become dashes"),
        pytest.param(None, "", "this-machine", id="a machine without a name"),
        pytest.param(None, "x" * 80, "x" * 64, id="an id has at most 64 letters"),
    ],
)
def test_a_machine_is_called(machine_id: str | None, host_name: str, expected: str) -> None:
    assert machine_name(machine_id, host_name) == expected


def test_this_machine_has_a_name_that_is_an_id() -> None:
    assert re.fullmatch(r"[a-z0-9_-]{1,64}", this_machine_name(None))
