from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.errors import UpdateError
from ai_usage.update.verify import (
    SignedFile,
    Sums,
    read_sums,
    signed_file,
    verify_file,
    verify_size,
    verify_sums,
    verify_version,
    write_sums,
)
from ai_usage.update.version import Version

ZEROS = "0" * 64
SUMS = Sums(
    Version(4, 0, 1),
    datetime(2026, 12, 1, 10, tzinfo=UTC),
    {"ai-usage-x86_64-linux-gnu": SignedFile(ZEROS, 30_000_000), "install.sh": SignedFile("f" * 64, 0)},
)
TEXT = f"""# ai-usage 4.0.1
# signed 2026-12-01T10:00:00Z
# size 30000000 ai-usage-x86_64-linux-gnu
# size 0 install.sh
{ZEROS}  ai-usage-x86_64-linux-gnu
{"f" * 64}  install.sh
""".encode()


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def test_the_list_is_one_that_sha256sum_reads() -> None:
    assert write_sums(SUMS) == TEXT
    assert read_sums(TEXT) == SUMS


def test_any_of_the_keys_may_have_signed() -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    assert verify_sums(TEXT, new.sign(TEXT), (public(old), public(new))) == SUMS


@given(position=st.integers(0, len(TEXT) - 1), flip=st.integers(1, 255))
def test_no_byte_of_signed_sums_can_be_changed(position: int, flip: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
    changed = bytearray(TEXT)
    changed[position] ^= flip
    with pytest.raises(UpdateError, match="not a valid signature"):
        verify_sums(bytes(changed), key.sign(TEXT), (public(key),))


def test_without_keys_nothing_is_believed() -> None:
    key = Ed25519PrivateKey.generate()
    with pytest.raises(UpdateError, match="not a valid signature"):
        verify_sums(TEXT, key.sign(TEXT), ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="empty"),
        pytest.param(TEXT.split(b"\n", 1)[1], id="no-version"),
        pytest.param(TEXT.replace(b"4.0.1", b"4.0.1-rc1"), id="pre-release"),
        pytest.param(TEXT.replace(b"ai-usage 4", b"other 4"), id="another-product"),
        pytest.param(TEXT + TEXT.split(b"\n")[4] + b"\n", id="a-name-twice"),
        pytest.param(TEXT + TEXT.split(b"\n")[2] + b"\n", id="a-size-twice"),
        pytest.param(TEXT.replace(b"# size 0 install.sh\n", b""), id="no-size"),
        pytest.param(TEXT + b"# size 1 other\n", id="a-size-without-a-sum"),
        pytest.param(TEXT.replace(b"# size 0", b"# size -1"), id="negative-size"),
        pytest.param(TEXT.replace(b"# signed 2026-12-01T10:00:00Z\n", b""), id="no-date"),
        pytest.param(TEXT.replace(b"2026-12-01", b"2026-13-01"), id="no-such-date"),
        pytest.param(TEXT.replace(b"install.sh", b"../install.sh"), id="a-path"),
        pytest.param(TEXT.replace(b"ff  i", b"FF  i"), id="upper-case"),
        pytest.param(TEXT.replace(b"  install", b" *install"), id="binary-mark"),
        pytest.param(TEXT + b"\xff\n", id="not-ascii"),
    ],
)
def test_what_is_not_a_list_of_sums_is_refused(text: bytes) -> None:
    with pytest.raises(UpdateError, match="SHA256SUMS"):
        read_sums(text)


def test_the_sum_and_size_of_a_named_file_are_given() -> None:
    assert signed_file(SUMS, "install.sh") == SignedFile("f" * 64, 0)
    verify_version(SUMS, Version(4, 0, 1))
    verify_size("install.sh", 0, 0)
    verify_file("install.sh", ZEROS, ZEROS)


def test_a_list_for_another_version_is_refused() -> None:
    with pytest.raises(UpdateError) as raised:
        verify_version(SUMS, Version(4, 1, 0))
    assert str(raised.value) == "the release says 4.1.0, but its signed sums were made for 4.0.1"


def test_a_file_that_the_list_does_not_name_is_refused() -> None:
    with pytest.raises(UpdateError) as raised:
        signed_file(SUMS, "ai-usage-aarch64-apple-darwin")
    assert str(raised.value) == "SHA256SUMS does not name ai-usage-aarch64-apple-darwin"


def test_another_size_than_the_signed_one_is_refused() -> None:
    with pytest.raises(UpdateError) as raised:
        verify_size("install.sh", 1000, 2_000_000)
    assert (
        str(raised.value)
        == "the release says that install.sh has 2,000,000 bytes, its signed list says 1,000"
    )


def test_a_wrong_sum_is_refused() -> None:
    with pytest.raises(UpdateError, match="does not match its signed sum"):
        verify_file("install.sh", ZEROS, "f" * 64)
