"""Hypothesis strategies: records as any peer may send them."""

import string

from hypothesis import strategies as st

from ai_usage.usage.instant import to_text
from ai_usage.wire.record import WireRecord
from ai_usage.wire.rfc3339 import EARLIEST, LATEST

IDS = string.ascii_lowercase + string.digits + "_-"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
COSTS = st.none() | st.floats(min_value=0, allow_infinity=False, allow_nan=False)


@st.composite
def times(draw: st.DrawFn) -> str:
    """RFC 3339 in all its allowed spellings."""
    text = to_text(draw(st.integers(EARLIEST, LATEST - 1)))
    spelling = draw(st.sampled_from(["verbatim", "space", "small", "utc", "nanoseconds"]))
    match spelling:
        case "space":
            return text.replace("T", " ")
        case "small":
            return text.lower()
        case "utc":
            return text.removesuffix("Z") + "+00:00"
        case "nanoseconds" if "." in text:
            return text.removesuffix("Z") + "789Z"
    return text


def counts() -> st.SearchStrategy[int]:
    """Every count that 64 bits can hold, small ones most often."""
    return st.integers(0, 10_000) | st.integers(0, 2**63 - 1)


def records() -> st.SearchStrategy[WireRecord]:
    """Valid records, not yet normalised."""
    return st.builds(
        WireRecord,
        schema_version=st.just(1),
        host_id=st.text(IDS, min_size=1, max_size=64),
        vendor=st.text(IDS, min_size=1, max_size=32),
        dedup_key=TEXTS,
        timestamp=times(),
        session_start_time=times(),
        session_end_time=times(),
        model=TEXTS,
        effort=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=16),
        fast_tier=st.integers(-128, 127),
        input_tokens=counts(),
        output_tokens=counts(),
        cache_read_input_tokens=counts(),
        cache_creation_input_tokens=counts(),
        cache_creation_5m_input_tokens=counts(),
        cache_creation_1h_input_tokens=counts(),
        reasoning_output_tokens=counts(),
        cost_input=COSTS,
        cost_output=COSTS,
        cost_cache_read=COSTS,
        cost_cache_creation=COSTS,
        project_path_sha256=st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
    )
