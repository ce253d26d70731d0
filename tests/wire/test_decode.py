"""Bytes to records: what is let in, what is refused, and with which words."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.wire.canonical import canonical_bytes
from ai_usage.wire.decode import Pulled, TooManyRecords, decode_batch, decode_pulled, decode_record
from ai_usage.wire.exact import RECORD_DEFAULTS, RECORD_FORMS, decode_exactly
from ai_usage.wire.record import (
    KEYS,
    Checked,
    InvalidRecord,
    PulledRecord,
    WireRecord,
    check,
    normalise,
    round_cost,
)

from .known_records import A_BYTES, A, B
from .strategies import records

MEMBERS: dict[str, Any] = json.loads(A_BYTES)


def line(**changes: object) -> bytes:
    """Spell record A with some members changed."""
    return json.dumps(MEMBERS | changes, ensure_ascii=False).encode()


def without(*keys: str) -> bytes:
    """Spell record A without some members."""
    return json.dumps({key: value for key, value in MEMBERS.items() if key not in keys}).encode()


def fault_of(data: bytes) -> str:
    """Return the words with which a line is refused."""
    with pytest.raises(InvalidRecord) as caught:
        decode_record(data)
    return str(caught.value)


@given(records())
def test_every_valid_record_survives_its_canonical_bytes(record: WireRecord) -> None:
    checked = decode_record(canonical_bytes(record))
    assert checked == check(record)
    assert decode_record(canonical_bytes(checked.record)) == checked


@given(records())
def test_the_fast_and_the_exact_decoder_agree(record: WireRecord) -> None:
    spelled = canonical_bytes(record)
    exact = check(WireRecord(**decode_exactly(spelled, RECORD_FORMS, RECORD_DEFAULTS)))
    assert decode_record(spelled) == exact


@given(records(), st.permutations(KEYS), st.booleans())
def test_the_order_of_keys_and_escapes_do_not_matter(
    record: WireRecord, order: list[str], ensure_ascii: bool
) -> None:
    members = msgspec.structs.asdict(record)
    text = json.dumps({key: members[key] for key in order}, ensure_ascii=ensure_ascii, indent=1)
    assert decode_record(text.encode()) == check(record)


@given(records())
def test_normalising_twice_is_normalising_once(record: WireRecord) -> None:
    once = normalise(record)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("aggregate", "short", "long", "expected"),
    [
        (4, 0, 0, (4, 4, 0)),
        (0, 4, 7, (11, 4, 7)),
        (99, 0, 7, (7, 0, 7)),
        (0, 0, 0, (0, 0, 0)),
        (11, 4, 7, (11, 4, 7)),
        (1, 2**63 - 1, 1, (2**63 - 1, 2**63 - 1, 1)),
    ],
)
def test_cache_writes_are_normalised(
    aggregate: int, short: int, long: int, expected: tuple[int, int, int]
) -> None:
    record = decode_record(
        line(
            cache_creation_input_tokens=aggregate,
            cache_creation_5m_input_tokens=short,
            cache_creation_1h_input_tokens=long,
        )
    ).record
    assert (
        record.cache_creation_input_tokens,
        record.cache_creation_5m_input_tokens,
        record.cache_creation_1h_input_tokens,
    ) == expected


def test_negative_zero_is_read_as_zero() -> None:
    spelled = line(cost_input=-0.0, cost_output=0.0, cost_cache_read=0.0, cost_cache_creation=1.5)
    assert b'"cost_input":0.0' in canonical_bytes(decode_record(spelled).record)


def test_absent_optionals_have_their_defaults() -> None:
    optional = (*RECORD_DEFAULTS,)
    record = decode_record(without(*optional)).record
    assert record == normalise(msgspec.structs.replace(A, fast_tier=-1, cache_creation_5m_input_tokens=0))


@pytest.mark.parametrize("key", [key for key in KEYS if key not in RECORD_DEFAULTS])
def test_a_required_key_that_is_missing_is_named(key: str) -> None:
    assert fault_of(without(key)) == f"invalid JSON: missing key {key}"


def test_unknown_keys_are_ignored() -> None:
    assert decode_record(line(later={"a": 1, "b": [None]})) == decode_record(A_BYTES)


def test_an_integer_is_a_cost() -> None:
    record = decode_record(line(cost_input=1, cost_output=0, cost_cache_read=0, cost_cache_creation=0)).record
    assert repr(record.cost_input) == "1.0"


@pytest.mark.parametrize("key", KEYS)
def test_a_repeated_key_is_refused(key: str) -> None:
    member = f'"{key}":{json.dumps(MEMBERS[key])}'.encode()
    assert fault_of(b"{" + member + b"," + A_BYTES[1:]) == f"invalid JSON: repeated key '{key}'"


@pytest.mark.parametrize(
    "spelled", ["1.0", "1e2", "-0", "true", '"1"', "null", "9223372036854775808", "[1]", "{}"]
)
@pytest.mark.parametrize("key", ["input_tokens", "schema_version", "cache_creation_5m_input_tokens"])
def test_only_a_64_bit_integer_is_an_integer(key: str, spelled: str) -> None:
    data = A_BYTES.replace(f'"{key}":{MEMBERS[key]}'.encode(), f'"{key}":{spelled}'.encode())
    assert fault_of(data) == f"invalid JSON: {key} must be a 64-bit integer"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"schema_version": 2}, "unsupported schema version 2"),
        ({"schema_version": -1}, "unsupported schema version -1"),
        ({"host_id": ""}, "invalid host_id"),
        ({"host_id": "../x"}, "invalid host_id"),
        ({"host_id": "Laptop"}, "invalid host_id"),
        ({"host_id": "laptop\n"}, "invalid host_id"),
        ({"host_id": "x" * 65}, "invalid host_id"),
        ({"vendor": "Claude"}, "invalid vendor"),
        ({"vendor": "x" * 33}, "invalid vendor"),
        ({"dedup_key": ""}, "dedup_key must not be empty"),
        ({"dedup_key": "x" * 513}, "dedup_key is too long"),
        ({"dedup_key": "é" * 257}, "dedup_key is too long"),
        ({"timestamp": ""}, "timestamp must not be empty"),
        ({"timestamp": "2026-05-18T12:00:00." + "0" * 60 + "Z"}, "timestamp is too long"),
        ({"timestamp": "2026-05-18"}, "timestamp must be RFC3339"),
        ({"session_start_time": "now"}, "session_start_time must be RFC3339"),
        ({"session_end_time": "2026-02-30T00:00:00Z"}, "session_end_time must be RFC3339"),
        ({"model": ""}, "model must not be empty"),
        ({"model": "x" * 257}, "model is too long"),
        ({"model": "é" * 129}, "model is too long"),
        ({"effort": "x" * 65}, "effort is too long"),
        ({"effort": "é" * 33}, "effort is too long"),
        *[({key: -1}, f"{key} must be non-negative") for key in KEYS[10:17]],
        *[({key: -0.1}, f"{key} must be finite and non-negative") for key in KEYS[17:21]],
        ({"cost_input": 10**400 // 10}, "cost_input must be finite and non-negative"),
        ({"project_path_sha256": "A" * 64}, "project_path_sha256 must be lowercase hex"),
        ({"project_path_sha256": "a" * 63}, "project_path_sha256 must be lowercase hex"),
        ({"fast_tier": 128}, "invalid JSON: fast_tier must be an integer from -128 to 127"),
        ({"fast_tier": None}, "invalid JSON: fast_tier must be an integer from -128 to 127"),
        ({"effort": 1}, "invalid JSON: effort must be text or null"),
        ({"model": None}, "invalid JSON: model must be text"),
        ({"cost_input": "1"}, "invalid JSON: cost_input must be a number or null"),
        ({"cost_input": True}, "invalid JSON: cost_input must be a number or null"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, str) else "",
)
def test_a_broken_rule_is_named(changes: dict[str, object], fault: str) -> None:
    assert fault_of(line(**changes)) == fault


def test_the_first_broken_rule_is_named() -> None:
    rules: dict[str, object] = {
        "schema_version": 3,
        "host_id": "X",
        "vendor": "X",
        "dedup_key": "",
        "timestamp": "x",
        "model": "",
        "effort": "x" * 65,
        "input_tokens": -1,
        "cost_input": -1.0,
        "project_path_sha256": "x",
    }
    named = []
    while rules:
        named.append(fault_of(line(**rules)))
        del rules[next(iter(rules))]
    assert named == [
        "unsupported schema version 3",
        "invalid host_id",
        "invalid vendor",
        "dedup_key must not be empty",
        "timestamp must be RFC3339",
        "model must not be empty",
        "effort is too long",
        "input_tokens must be non-negative",
        "cost_input must be finite and non-negative",
        "project_path_sha256 must be lowercase hex",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b"\xef\xbb\xbf" + A_BYTES,
        A_BYTES[:-1],
        A_BYTES + b"x",
        A_BYTES + A_BYTES,
        A_BYTES.replace(b"active", b"a\xffb"),
        A_BYTES.replace(b"active", b"a\x01b"),
        A_BYTES.replace(b"active", rb"\ud800"),
        A_BYTES.replace(b":10,", b":NaN,"),
        A_BYTES.replace(b":10,", b":010,"),
        A_BYTES.replace(b":10,", b":+10,"),
        A_BYTES.replace(b":10,", b":1" + b"0" * 5000 + b","),
        A_BYTES.replace(b"null", b"-Infinity"),
        A_BYTES.replace(b"{", b'{"later":' + b"[" * 100_000 + b"]" * 100_000 + b",", 1),
    ],
    ids=lambda data: data[:20].decode("latin-1") + f"..{len(data)}",
)
def test_what_is_not_json_is_refused_in_one_line(data: bytes) -> None:
    fault = fault_of(data)
    assert fault.startswith("invalid JSON: ")
    assert len(fault) < 120
    assert fault.isprintable()


@given(st.binary(max_size=80))
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    with pytest.raises(InvalidRecord):
        decode_record(data)


@given(st.integers(0, len(A_BYTES) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_line_is_refused_or_checked(position: int, junk: bytes) -> None:
    damaged = A_BYTES[:position] + junk + A_BYTES[position + len(junk) :]
    try:
        checked = decode_record(damaged)
    except InvalidRecord:
        return
    assert check(checked.record) == checked


def test_a_batch_skips_blank_lines_and_the_carriage_return() -> None:
    body = b"\n\r\n" + A_BYTES + b"\r\n  \n" + canonical_bytes(B) + b"\n"
    assert decode_batch(body, 2) == [decode_record(A_BYTES), check(B)]


@given(
    st.lists(
        st.sampled_from(
            [
                A_BYTES,
                canonical_bytes(B),
                canonical_bytes(normalise(msgspec.structs.replace(B, dedup_key="ascii"))),
                A_BYTES[:-1] + b',"vendor":"codex"}',
                A_BYTES.replace(b'"cost_input":null', b'"cost_input":1e16'),
                A_BYTES.replace(b'"cost_input":null', b'"cost_input":-0.0'),
                A_BYTES.replace(b'"cost_input":null', b'"cost_input":1'),
                A_BYTES.replace(b"T12:00:00Z", b"t12:00:00z"),
                A_BYTES.replace(b"T12:00:00Z", b"T24:00:00Z"),
                A_BYTES.replace(b'"laptop"', b'"Laptop"'),
                A_BYTES.replace(b",", b", "),
                A_BYTES[:-1],
            ]
        ),
        max_size=4,
    ),
    st.sampled_from([b"\n", b"\r\n", b"\n\n"]),
    st.booleans(),
)
def test_a_batch_is_what_its_lines_are(lines: list[bytes], end: bytes, ended: bool) -> None:
    body = end.join(lines) + (end if ended else b"")
    expected: list[Checked] | str = []
    for each in lines:
        try:
            expected = [*expected, decode_record(each)]
        except InvalidRecord as fault:
            expected = f"line {len(expected) + 1}: {fault}"
            break
    try:
        found: list[Checked] | str = decode_batch(body, 4)
    except InvalidRecord as fault:
        found = str(fault)
    assert found == expected


def test_an_empty_batch_has_no_records() -> None:
    assert decode_batch(b"", 1) == []


def test_a_bad_line_is_numbered_among_the_lines_that_are_not_blank() -> None:
    with pytest.raises(InvalidRecord) as caught:
        decode_batch(A_BYTES + b"\n\n\n" + line(vendor="X") + b"\n", 10)
    assert str(caught.value) == "line 2: invalid vendor"


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
def test_too_many_lines_are_refused_and_just_enough_are_not(end: bytes) -> None:
    body = b"\n".join([A_BYTES] * 3) + end
    with pytest.raises(TooManyRecords):
        decode_batch(body, 2)
    assert len(decode_batch(body, 3)) == 3


@given(records(), st.integers(0, 2**63 - 1))
def test_a_pulled_record_survives_the_page(record: WireRecord, seq: int) -> None:
    place = {"seq": seq, "uploaded_at": "2026-05-18T12:00:00Z"}
    sent = PulledRecord(**(msgspec.structs.asdict(record) | place))
    assert decode_pulled(msgspec.json.encode(sent)) == Pulled(check(record), seq, "2026-05-18T12:00:00Z")


def test_a_pulled_record_with_a_repeated_key_is_refused() -> None:
    raw = A_BYTES[:-1] + b',"seq":1,"seq":2,"uploaded_at":"2026-05-18T12:00:00Z"}'
    with pytest.raises(InvalidRecord) as caught:
        decode_pulled(raw)
    assert str(caught.value) == "invalid JSON: repeated key 'seq'"


def test_a_checked_record_carries_its_instants() -> None:
    noon = 1_779_105_600_000_000
    assert check(A) == Checked(normalise(A), noon, noon, noon + 300_000_000)


@given(st.floats(min_value=0, max_value=1e6))
def test_a_rounded_cost_has_at_most_15_digits_and_stays_rounded(cost: float) -> None:
    rounded = round_cost(cost)
    assert float(f"{rounded:.15g}") == rounded == round_cost(rounded)
    assert abs(rounded - cost) <= cost * 1e-14


def test_a_rounded_cost_is_never_negative_zero() -> None:
    assert repr(round_cost(-0.0)) == "0.0"
