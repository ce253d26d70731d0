"""Trees of forks and sub-agents: each request counts once, whatever a child's rollout copies or restates."""

from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_usage.sources.agents.codex import Codex
from ai_usage.sources.base import LogFile
from ai_usage.usage.record import UsageRecord, merge

from .codex_threads import Tree


def read(logs: list[LogFile]) -> Counter[tuple[str, int, int, int]]:
    """Read logs in their order, copies merged."""
    records: dict[str, UsageRecord] = {}
    for log in logs:
        with open(log.path, "rb", buffering=0) as file:
            parsed = Codex().parse(file, log, 0, b"")
        assert parsed.finished
        for record in parsed.records:
            known = records.get(record.dedup_key)
            records[record.dedup_key] = record if known is None else merge(known, record)
    return Counter(
        (each.model, each.input_tokens, each.cache_read_input_tokens, each.output_tokens)
        for each in records.values()
    )


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_each_request_of_a_tree_of_threads_counts_once(seed: int) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        tree = Tree(Random(seed))
        tree.write(home)
        logs = [log for root in Codex().roots({}, home) for log in Codex().discover(str(root.path), [])]
        assert read(logs) == tree.requests
        Random(seed).shuffle(logs)
        assert read(logs) == tree.requests
