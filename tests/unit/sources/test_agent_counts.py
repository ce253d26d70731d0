"""What holds for every record, whatever counts a log gives."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_usage.usage.record import MAX_STORABLE

from .samples import BY_NAME, Sample

counts = st.one_of(st.none(), st.integers(-3, 40), st.sampled_from([2**53 + 1, 2**63 - 1, 2**70]))
SPELT: Final[dict[str, tuple[tuple[str, ...], str, dict[str, tuple[str, ...]]]]] = {
    "gemini": (("input", "output", "cached", "thoughts", "tool"), "total", {}),
    "omp": (
        ("input", "output", "cacheRead", "cacheWrite", "reasoningTokens"),
        "totalTokens",
        {"orchestration": ("input", "output", "cacheRead"), "cttl": ("ephemeral5m", "ephemeral1h")},
    ),
    "pi": (
        ("input", "output", "cacheRead", "cacheWrite", "cacheWrite1h", "reasoning"),
        "totalTokens",
        {},
    ),
    "kimi-cli": (("input_other", "output", "input_cache_read", "input_cache_creation"), "", {}),
    "kimi-code": (("inputOther", "output", "inputCacheRead", "inputCacheCreation"), "", {}),
}


@pytest.mark.parametrize("name", SPELT)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_kinds_are_disjoint_and_a_total_comes_out_or_is_flagged(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    sample: Sample = BY_NAME[name]
    fields, total_field, nested = SPELT[name]
    told: dict[str, Any] = data.draw(
        st.fixed_dictionaries({}, optional=dict.fromkeys((*fields, total_field or fields[0]), counts))
    )
    for part, inside in nested.items():
        if data.draw(st.booleans()):
            told[part] = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(inside, counts)))
    parsed = sample.read(sample.write(tmp_path, json.dumps(sample.answer(1, told)).encode() + b"\n"))
    total = min(max(told.get(total_field) or 0, 0), MAX_STORABLE)
    assert parsed.rejected_count == 0
    assert len(parsed.records) <= 1
    for record in parsed.records:
        assert record.total_tokens > 0
        reasoning = record.reasoning_output_tokens or 0
        assert 0 <= min(record[8:13]) <= max(record[8:13]) <= MAX_STORABLE
        assert 0 <= reasoning <= record.output_tokens
        assert record.unreconciled == int(total not in (0, record.total_tokens))
