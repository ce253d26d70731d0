import pytest

from ai_usage.report.document import Row
from ai_usage.report.order import ordered
from ai_usage.report.question import SortKey
from ai_usage.usage.total import Total


def session(label: str, last_seen: str, **figures: int) -> Row:
    return Row(("claude", "laptop", label, None, last_seen, last_seen), Total(**figures), label)


ROWS = [
    session("b", "2026-10-25T02:30:00+01:00", cost=1, input_tokens=9, requests=1),
    session("A", "2026-10-25T02:45:00+02:00", cost=3, output_tokens=2, requests=3),
    session(
        "c", "2026-10-24T00:00:00+02:00", cost=1, output_tokens=20, cache_read_input_tokens=5, requests=2
    ),
]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, "bAc"),
        (SortKey.RECENT, "bAc"),
        (SortKey.COST, "Acb"),
        (SortKey.TOTAL, "cbA"),
        (SortKey.REQUESTS, "Acb"),
        (SortKey.NAME, "Abc"),
        (SortKey.INPUT, "bcA"),
        (SortKey.OUTPUT, "cAb"),
        (SortKey.CACHE_READ, "cbA"),
        (SortKey.CACHE_WRITE, "cbA"),
        (SortKey.REASONING, "cbA"),
    ],
)
def test_rows_are_ordered_and_ties_by_tokens_then_name(key: SortKey | None, expected: str) -> None:
    for rows in (ROWS, ROWS[::-1]):
        assert "".join(row.label for row in ordered("sessions", rows, key)) == expected
