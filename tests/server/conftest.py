"""A running server for tests that do not mind what others have left in it, and one of their own for those that do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..servers import RunningServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server with an empty database."""
    with running_server(tmp_path / "server") as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run one server for all tests of a module."""
    with running_server(tmp_path_factory.mktemp("shared") / "server") as running:
        yield running
