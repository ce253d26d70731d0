"""Homes recorded from released agents that spoke to a model server with known answers: each answer counts once.

`answers.json` lists what the server answered, in order: model, the five disjoint counts (input, cache read, 5-minute
and 1-hour cache write, output), the reasoning inside the output, and `not_logged` with the reason where the agent
writes no usage of that answer. `scripts/record_home.py` makes such a case.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ai_usage.usage.record import UsageRecord

from .readings import Case, discover, find_cases, read_case

RECORDED = [case for case in find_cases() if (case.folder / "answers.json").exists()]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in RECORDED])
def test_each_logged_answer_of_the_server_is_one_record(case: Case) -> None:
    answers: list[dict[str, Any]] = json.loads((case.folder / "answers.json").read_text())
    logs, unreadable = discover(case)
    reading = read_case(case, logs)
    logged = Counter((each["model"], *each["counts"]) for each in answers if "not_logged" not in each)
    counted = Counter((record.model, *_counts(record)) for record in reading.records.values())
    assert (counted, reading.rejected, unreadable) == (logged, {}, [])


def _counts(record: UsageRecord) -> tuple[int, ...]:
    return (
        record.input_tokens,
        record.cache_read_input_tokens,
        record.cache_creation_5m_input_tokens,
        record.cache_creation_1h_input_tokens,
        record.output_tokens,
    )


def test_each_of_the_first_agents_has_a_recorded_home() -> None:
    assert {Path(case.folder).parent.name for case in RECORDED} >= {
        "claude",
        "codex",
        "gemini",
        "kimi",
        "omp",
    }
