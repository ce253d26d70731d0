import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_usage.update.version import Version


@pytest.mark.parametrize(
    ("text", "version"),
    [("4.0.1", Version(4, 0, 1)), ("v4.0.1", Version(4, 0, 1)), ("v10.20.30", Version(10, 20, 30))],
)
def test_a_finished_version_is_read_with_and_without_the_v(text: str, version: Version) -> None:
    assert Version.read(text) == version


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v",
        "4",
        "4.0",
        "4.0.0.1",
        "4.0.1-rc.1",
        "4.0.1+build",
        "04.0.1",
        "4.0.x",
        "vv4.0.1",
        "4.0.1\n",
        "٤.0.1",
        "4.0.1rc1",
        "-4.0.1",
        "4.0." + "9" * 5000,
    ],
)
def test_anything_else_is_not_a_version(text: str) -> None:
    assert Version.read(text) is None


numbers = st.integers(0, 999_999_999)


@given(st.builds(Version, numbers, numbers, numbers))
def test_a_version_is_read_as_it_was_written(version: Version) -> None:
    assert Version.read(str(version)) == version


def test_versions_compare_as_numbers() -> None:
    assert Version(4, 0, 10) > Version(4, 0, 9)
    assert Version(4, 10, 0) > Version(4, 9, 99)
