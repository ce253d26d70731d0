import functools
import itertools
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.usage.record import UsageRecord, key_hash, merge, order_of_machines, with_key

COUNTS = st.integers(0, 3)
COSTS = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 1.5]))


@st.composite
def copies(draw: st.DrawFn) -> UsageRecord:
    """Copies of one request: few values each, so that ties are frequent."""
    start = draw(st.integers(0, 4))
    cost = draw(COSTS)
    return UsageRecord(
        vendor="claude",
        dedup_key="claude:message:one",
        timestamp=start,
        session_start_time=start - draw(st.integers(0, 1)),
        session_end_time=start + draw(st.integers(0, 3)),
        model=draw(st.sampled_from(["unknown", "claude-opus-4-6", "claude-opus-4-7"])),
        effort=draw(st.sampled_from([None, "high"])),
        fast_tier=draw(st.sampled_from([-1, 0, 1])),
        input_tokens=draw(COUNTS),
        cache_read_input_tokens=draw(COUNTS),
        cache_creation_1h_input_tokens=draw(COUNTS),
        output_tokens=draw(COUNTS),
        reasoning_output_tokens=draw(st.sampled_from([None, 0, 1])),
        cost_input=None if cost is None else 0.0,
        cost_output=cost,
        cost_cache_read=None if cost is None else 0.0,
        cost_cache_creation=None if cost is None else 0.0,
        session_id=draw(st.sampled_from([None, "a", "b"])),
        side_chain=draw(st.integers(0, 1)),
        undated=draw(st.integers(0, 1)),
        request=draw(st.integers(0, 2)),
    )


def told_apart(copies_: Sequence[UsageRecord]) -> UsageRecord:
    """What the rule says of all copies at once: a naive reader of the whole set."""
    if taken_back := [copy for copy in copies_ if copy.retracted]:
        return min(taken_back, key=order)
    parents = sorted((copy for copy in copies_ if not copy.side_chain), key=order)
    if not parents:
        return min(copies_, key=order)
    parent = parents[0]
    same = [
        copy
        for copy in copies_
        if copy.side_chain and (copy[8:12] == parent[8:12] or 0 != copy.request == parent.request)
    ]
    best = min([parent, *same], key=order)
    return best._replace(
        session_id=parent.session_id, cwd=parent.cwd, git_branch=parent.git_branch, side_chain=0
    )


def order(copy: UsageRecord) -> tuple[object, ...]:
    """The ranking, the best copy first."""
    return (*order_of_machines(copy)[:4], copy.side_chain, repr(copy[5:25] + copy[26:27]), -copy.request)


@given(st.lists(copies(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_copies_merged_in_any_order_say_what_the_rule_says_of_all_of_them(
    several: list[UsageRecord], random: Random
) -> None:
    pending = list(several)
    while len(pending) > 1:
        random.shuffle(pending)
        pending = [merge(pending[0], pending[1]), *pending[2:]]
    assert pending[0][5:25] == told_apart(several)[5:25]


@given(copies(), copies())
def test_the_order_of_two_copies_does_not_matter(one: UsageRecord, other: UsageRecord) -> None:
    assert merge(one, other) == merge(other, one)


@given(copies(), copies(), copies())
def test_the_grouping_of_three_copies_does_not_matter(
    one: UsageRecord, two: UsageRecord, three: UsageRecord
) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(copies(), copies())
def test_a_copy_merged_again_changes_nothing(one: UsageRecord, other: UsageRecord) -> None:
    merged = merge(one, other)
    assert merge(merged, one) == merged
    assert merge(merged, merged) == merged


@given(copies())
def test_the_ranking_sees_what_the_record_says_of_itself(one: UsageRecord) -> None:
    assert order_of_machines(one)[:3] == (not one.retracted, -one.output_tokens, -one.total_tokens)


@given(copies())
def test_another_key_changes_nothing_else(one: UsageRecord) -> None:
    assert with_key(one, "other") == one._replace(dedup_key="other")


BASE = UsageRecord(
    "claude", "k", 100, 100, 110, "claude-opus-4-6", fast_tier=0, input_tokens=5, output_tokens=9
)


def test_the_better_copy_gives_all_fields_but_the_earliest_start_and_the_latest_end() -> None:
    poorer = BASE._replace(
        timestamp=90, session_start_time=80, session_end_time=300, input_tokens=50, output_tokens=3
    )
    assert merge(BASE, poorer) == BASE._replace(timestamp=90, session_start_time=80, session_end_time=300)


def test_a_parent_beats_a_replay_with_more_tokens() -> None:
    replay = BASE._replace(side_chain=1, cache_read_input_tokens=50_000, output_tokens=700)
    assert merge(replay, BASE)._replace(apart=()) == BASE


PLACED = BASE._replace(session_id="main", cwd="/w", git_branch="main", output_tokens=37, request=7)


@pytest.mark.parametrize(
    ("replay", "wins"),
    [
        ({"output_tokens": 2872}, True),
        ({"output_tokens": 2872, "request": 8}, True),
        ({"output_tokens": 2872, "request": 0}, True),
        ({"output_tokens": 2872, "cache_read_input_tokens": 6}, True),
        ({"output_tokens": 2872, "cache_read_input_tokens": 6, "request": 8}, False),
        ({"output_tokens": 2872, "cache_read_input_tokens": 6, "request": 0}, False),
        ({"output_tokens": 2872, "cache_creation_1h_input_tokens": 1, "request": 8}, False),
        ({"output_tokens": 36}, False),
        ({"output_tokens": 37}, False),
    ],
)
def test_a_fuller_copy_in_a_side_chain_counts_at_its_parents_place_if_it_is_of_one_request(
    replay: dict[str, Any], wins: bool
) -> None:
    aside = PLACED._replace(side_chain=1, session_id="aside", cwd="/aside", git_branch=None, **replay)
    merged = merge(aside, PLACED)
    assert merged == merge(PLACED, aside)
    expected = PLACED
    if wins:
        place = {name: getattr(PLACED, name) for name in ("session_id", "cwd", "git_branch", "request")}
        expected = aside._replace(side_chain=0, **place)
    assert merged._replace(apart=()) == expected


def test_a_fuller_copy_is_found_behind_a_replay_with_other_counts() -> None:
    fuller = PLACED._replace(side_chain=1, output_tokens=2872)
    inflated = PLACED._replace(side_chain=1, cache_read_input_tokens=50_000, output_tokens=5000, request=8)
    for order in itertools.permutations([PLACED, fuller, inflated]):
        merged = functools.reduce(merge, order)
        assert merged._replace(apart=()) == PLACED._replace(output_tokens=2872)


def test_of_an_answer_in_side_chains_only_the_fullest_copy_counts() -> None:
    one = PLACED._replace(side_chain=1)
    other = one._replace(cache_read_input_tokens=50_000, output_tokens=700, request=8)
    assert merge(one, other)._replace(apart=()) == other


def test_copies_that_can_never_matter_again_are_not_kept() -> None:
    aside = PLACED._replace(side_chain=1, session_id="aside")
    for lower in (aside, aside._replace(cache_read_input_tokens=6, request=8, output_tokens=36)):
        assert merge(PLACED, lower) == PLACED


def test_a_retraction_beats_every_copy_and_stays() -> None:
    retraction = UsageRecord("claude", "k", 100, 100, 110, "claude-opus-4-6", fast_tier=0)
    assert retraction.retracted
    assert merge(BASE, retraction) == retraction
    assert merge(merge(BASE, retraction), BASE) == retraction


def test_a_recorded_cost_without_tokens_is_not_a_retraction() -> None:
    free = UsageRecord(
        "omp", "k", 1, 1, 1, "m", None, -1, cost_input=0.0, cost_output=0.1, cost_cache_read=0.0
    )
    assert not free.retracted


def test_a_copy_with_a_usable_time_dates_one_without() -> None:
    undated = BASE._replace(
        timestamp=5, session_start_time=5, session_end_time=900, undated=1, output_tokens=20
    )
    assert merge(undated, BASE) == undated._replace(
        timestamp=100, session_start_time=100, session_end_time=110, undated=0
    )


def test_the_hash_of_an_identity_is_the_same_everywhere() -> None:
    # The ledger of another program version must find the same rows.
    assert key_hash("claude", "claude:message:msg_01") == -1820319959284106903
    assert key_hash("claude", "claude:message:msg_01", 1) != key_hash("claude", "claude:message:msg_01")
