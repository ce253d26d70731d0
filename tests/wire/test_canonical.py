"""Canonical bytes: one spelling of every text and every float."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.wire.canonical import canonical_bytes, report_row
from ai_usage.wire.record import KEYS, WireRecord, normalise

from .known_records import A_BYTES, A, B
from .strategies import records


def spell_float(number: float) -> str:
    """Spell a float by the contract's rules, from Python's shortest text, independently of the encoder in use."""
    mantissa, mark, exponent = repr(number).partition("e")
    if not mark:
        return mantissa
    if int(exponent) == -5:
        return "0.0000" + mantissa.replace(".", "")
    return f"{mantissa}e{'+' if int(exponent) > 0 else '-'}{abs(int(exponent))}"


def spell(value: str | int | float | None) -> str:
    """Spell any value of a record by the contract's rules."""
    return spell_float(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def test_record_a_has_the_bytes_of_the_contract() -> None:
    assert canonical_bytes(normalise(A)) == A_BYTES


@given(records())
def test_every_record_is_spelled_as_the_contract_says(record: WireRecord) -> None:
    members = ",".join(f'"{key}":{spell(getattr(record, key))}' for key in KEYS)
    assert canonical_bytes(record).decode() == "{" + members + "}"


@given(st.floats(min_value=0, allow_infinity=False))
def test_every_float_is_spelled_by_the_rules_and_reads_back_equal(number: float) -> None:
    spelled = orjson.dumps(number)
    assert spelled.decode() == spell_float(number)
    assert json.loads(spelled) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (1.0, "1.0"),
        (0.01, "0.01"),
        (1e-05, "0.00001"),
        (1.5e-05, "0.000015"),
        (1e-06, "1e-6"),
        (1.5e-07, "1.5e-7"),
        (1e-10, "1e-10"),
        (1e15, "1000000000000000.0"),
        (9999999999999998.0, "9999999999999998.0"),
        (1e16, "1e+16"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
    ],
)
def test_a_float_at_the_edge_of_a_notation_is_spelled_so(number: float, text: str) -> None:
    assert orjson.dumps(number).decode() == text


def test_a_report_row_keeps_the_order_and_leaves_out_four_keys() -> None:
    left_out = {
        "schema_version",
        "cache_creation_5m_input_tokens",
        "cache_creation_1h_input_tokens",
        "project_path_sha256",
    }
    assert list(json.loads(canonical_bytes(report_row(B)))) == [key for key in KEYS if key not in left_out]
