"""When a new program counts as settled, so that the old one is not needed any more."""

import threading
import time
from pathlib import Path
from typing import Any

from ai_usage import __version__
from ai_usage.errors import UpdateError
from ai_usage.server.self_update import SelfUpdate
from ai_usage.server.settings import AutoUpdate
from ai_usage.update import settle
from ai_usage.update.installation import SingleFile
from ai_usage.update.replace import Place
from ai_usage.update.version import Version


class Log:
    """Keeps the reasons of warnings."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def info(self, event: str, **values: Any) -> None:
        raise AssertionError((event, values))

    def warning(self, event: str, **values: Any) -> None:
        self.reasons.append(values["reason"])


class Health:
    """A server that does not answer until it is told to."""

    def __init__(self) -> None:
        self.answers = False
        self.asked = threading.Semaphore(0)

    def ask(self) -> None:
        self.asked.release()
        if not self.answers:
            raise UpdateError("the server does not answer health: timed out")


def test_the_old_program_is_kept_until_the_new_one_answers(tmp_path: Path) -> None:
    place = Place(tmp_path / "ai-usage-server")
    place.executable.write_text("new")
    place.kept.write_text("old")
    version = Version.read(__version__)
    assert version is not None
    settle.announce(place, version)
    log, health = Log(), Health()
    updates = SelfUpdate(AutoUpdate(), tmp_path / "config", SingleFile(place.executable, "x"), {}, log)

    updates.start(health.ask, lambda: None, settled_after_s=0.01)
    for _ in range(3):
        assert health.asked.acquire(timeout=30)
    assert place.kept.exists()
    health.answers = True
    deadline = time.monotonic() + 30
    while place.state.exists() and time.monotonic() < deadline:
        time.sleep(0.01)

    assert [path.name for path in tmp_path.iterdir()] == ["ai-usage-server"]
    assert log.reasons == [
        f"{__version__} is new here and has not settled: the server does not answer health: timed out"
    ]
    updates.close()
