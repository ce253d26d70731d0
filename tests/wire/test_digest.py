"""Hashes and digests that every peer agrees on."""

import hashlib
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ai_usage.wire.canonical import canonical_bytes, report_row
from ai_usage.wire.digest import ReportDigest, day_digest, record_hash, report_digest
from ai_usage.wire.record import WireRecord, normalise

from .known_records import A, B
from .strategies import records

A_NORMAL, B_NORMAL = normalise(A), normalise(B)


def test_record_hashes_are_those_of_the_contract() -> None:
    assert [record_hash(A_NORMAL).hex(), record_hash(B_NORMAL).hex()] == [
        "c840db4bd8fc27458bb653a4530b47082389032bbb0d42cdd586532866076329",
        "1e9abde746a5883b9451928423e776f1657f60a64def7375eafc59794ec95fca",
    ]


def test_the_report_digest_of_one_record_is_that_of_the_contract() -> None:
    expected = "a09dd33433b76fe9b12b6f45a55027d80fac7463a0b37284ea871969f5b328fb"
    assert report_digest([A_NORMAL]) == expected


def test_the_report_digest_of_two_records_is_that_of_the_contract_in_either_order() -> None:
    expected = "acc0da069b3cbbb1dfd6a6e61c09f2bfefa04ba25d1dd1265dcabc2fa29c0808"
    assert {report_digest(order) for order in permutations([A_NORMAL, B_NORMAL])} == {expected}


def test_the_report_digest_of_nothing_is_the_hash_of_nothing() -> None:
    assert report_digest([]) == hashlib.sha256().hexdigest()


def test_the_day_digest_of_one_record_is_that_of_the_contract() -> None:
    expected = "eade9557b4980d2ffe2d047dae7b0bad6db7eca25899800a434bacfe60706342"
    assert day_digest([record_hash(A_NORMAL)]) == expected


def test_a_report_digest_returns_what_it_covered_and_counts() -> None:
    digest = ReportDigest()
    covered = digest.add(report_row(A_NORMAL))
    assert (covered, digest.record_count) == (canonical_bytes(report_row(A_NORMAL)), 1)


@given(
    st.lists(records(), max_size=4, unique_by=lambda each: (each.host_id, each.vendor, each.dedup_key)),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_records_come_does_not_matter(batch: list[WireRecord], random: object) -> None:
    shuffled = batch.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random of Hypothesis
    assert report_digest(shuffled) == report_digest(batch)
