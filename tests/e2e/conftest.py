"""Fresh homes for the installed program."""

from pathlib import Path

import pytest

from tests.e2e.homes import Home, request


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home without logs."""
    return Home(tmp_path)


@pytest.fixture
def used_home(home: Home) -> Home:
    """A home with three requests on two days, one of them to an unknown model."""
    home.write_claude(
        [
            request(1, "2026-11-20T22:30:00.000Z"),
            request(2, "2026-11-20T23:30:00.000Z"),
            request(3, "2026-11-21T09:00:00.000Z", model="mystery-9"),
        ]
    )
    return home
