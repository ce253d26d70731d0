"""Records A and B of the contract, whose hashes every peer agrees on."""

from typing import Final

import msgspec

from ai_usage.wire.record import WireRecord

A: Final = WireRecord(
    schema_version=1,
    host_id="laptop",
    vendor="claude",
    dedup_key="active",
    timestamp="2026-05-18T12:00:00Z",
    session_start_time="2026-05-18T12:00:00Z",
    session_end_time="2026-05-18T12:05:00Z",
    model="test-model",
    effort=None,
    fast_tier=1,
    input_tokens=10,
    output_tokens=2,
    cache_read_input_tokens=3,
    cache_creation_input_tokens=4,
    cache_creation_5m_input_tokens=0,
    cache_creation_1h_input_tokens=0,
    reasoning_output_tokens=5,
    cost_input=None,
    cost_output=None,
    cost_cache_read=None,
    cost_cache_creation=None,
    project_path_sha256=None,
)
B: Final = msgspec.structs.replace(
    A,
    host_id="host-a",
    vendor="omp",
    dedup_key='omp:message:é"\\:response:r',
    model="gpt-5.5",
    effort="openai-codex",
    fast_tier=-1,
    cache_creation_input_tokens=11,
    cache_creation_5m_input_tokens=4,
    cache_creation_1h_input_tokens=7,
    cost_input=0.01,
    cost_output=1e-05,
    cost_cache_read=1.5e-07,
    cost_cache_creation=1e16,
    project_path_sha256="a" * 64,
)
A_BYTES: Final = (
    b'{"schema_version":1,"host_id":"laptop","vendor":"claude","dedup_key":"active",'
    b'"timestamp":"2026-05-18T12:00:00Z","session_start_time":"2026-05-18T12:00:00Z",'
    b'"session_end_time":"2026-05-18T12:05:00Z","model":"test-model","effort":null,"fast_tier":1,'
    b'"input_tokens":10,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":4,'
    b'"cache_creation_5m_input_tokens":4,"cache_creation_1h_input_tokens":0,"reasoning_output_tokens":5,'
    b'"cost_input":null,"cost_output":null,"cost_cache_read":null,"cost_cache_creation":null,'
    b'"project_path_sha256":null}'
)
