"""Homes for the monitor."""

from pathlib import Path

import pytest

from .worlds import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with three requests on two of the last seven days."""
    home = Home(tmp_path)
    home.write("2026-11-20T09:00:00.000Z", "2026-11-22T08:00:00.000Z")
    home.write("2026-11-22T09:30:00.000Z", session="s2", model="mystery-9", cwd="/home/ada/blog")
    return home
