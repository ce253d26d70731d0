"""The verdict on totals sees what is wrong, missing and too much."""

from bench.agent_logs.request import Request
from bench.truth import Sums, Truth, differences, grouped


def test_sums_that_are_right_differ_in_nothing() -> None:
    truth = _truth()
    assert differences(grouped(truth, 0), grouped(truth, 0)) == []


def test_every_wrong_kind_of_every_key_is_named() -> None:
    right = grouped(_truth(), 0, 1)
    said: Sums = {("claude", "m1"): [2, 11, 40, 0, 6, 70, 5], ("codex", "m9"): [1, 0, 0, 0, 0, 3, 0]}
    assert differences(said, right) == [
        "claude m1: input_tokens 11 for 12, output_tokens 70 for 71",
        "claude m2: requests 0 for 1, cache_read_input_tokens 0 for 7",
        "codex m9: requests 1 for 0, output_tokens 3 for 0",
    ]


def _truth() -> dict[tuple[str, str, str], list[int]]:
    truth = Truth()
    truth.add("claude", Request(0, "m1", 5, 20, 0, 3, 30, 5))
    truth.add("claude", Request(86_400_000, "m1", 7, 20, 0, 3, 41, 0))
    truth.add("claude", Request(0, "m2", 0, 7, 0, 0, 0, 0))
    return {(row[0], row[1], row[2]): row[3:] for row in truth.rows()}
