"""The server's own updates: a thread that looks for releases, installs one, and lets the server drain and end.

The supervisor starts the new program. Until it has settled the old one is kept beside it, and put back by
`ai-usage-server.old recover` where the new one does not stay up (docs/update.md).
"""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from ai_usage import __version__
from ai_usage.errors import UpdateError
from ai_usage.server.settings import AutoUpdate
from ai_usage.update import settle, trial
from ai_usage.update.installation import Installation, Managed
from ai_usage.update.keys import built_in_keys
from ai_usage.update.plan import Newer, NotOurs, Older
from ai_usage.update.release import Channel, Releases
from ai_usage.update.replace import Place
from ai_usage.update.trusted import TrustedReleases
from ai_usage.update.upgrade import Running, Step, Updater
from ai_usage.update.version import Version

SETTLED_AFTER_S: Final = 30.0
"""How long a new program must run before its health is asked for; an orderly stop before that counts as settled."""

_TRIAL_TIMEOUT_S: Final = 1800.0
"""The trial copies and migrates the database, which may be large."""


class Log(Protocol):
    """The interface for log lines."""

    def info(self, event: str, **values: object) -> object:
        """Write a line about normal work."""

    def warning(self, event: str, **values: object) -> object:
        """Write a line about a problem."""


class SelfUpdate:
    """Updates of one running server."""

    def __init__(
        self, settings: AutoUpdate, config: Path, installation: Installation, env: Mapping[str, str], log: Log
    ) -> None:
        """Prepare; read nothing yet.

        Args:
            settings: whether, how often and where to look.
            config: the server's settings, for the trial of a new program.
            installation: how this program was installed.
            env: the environment.
            log: the log; repeated messages are written once.
        """
        self._settings = settings
        self._config = config
        self._installation = installation
        self._env = env
        self._log = log
        self._said: set[str] = set()
        self._ended = threading.Event()
        self._may_settle = False

    def start(
        self,
        ask_health: Callable[[], object],
        stop: Callable[[], None],
        settled_after_s: float = SETTLED_AFTER_S,
    ) -> None:
        """Begin to look for releases, in a thread.

        Args:
            ask_health: raises an `UpdateError` unless this server answers, as a new program must before it settles.
            stop: called once a release is installed.
            settled_after_s: how long a new program must run before its health is asked for.
        """
        if isinstance(self._installation, Managed) and not self._settings.enabled:
            return
        self._may_settle = True
        threading.Thread(
            target=self._run, args=(ask_health, stop, settled_after_s), name="self-update", daemon=True
        ).start()

    def close(self) -> None:
        """End at an orderly stop: a program that could be stopped has settled."""
        self._ended.set()
        if self._may_settle:
            self._settle()

    def _run(
        self, ask_health: Callable[[], object], stop: Callable[[], None], settled_after_s: float
    ) -> None:
        place = self._place()
        new = place is not None and settle.read_state(place).announced is not None
        if new and not self._proves_itself(ask_health, settled_after_s):
            return
        self._settle()
        if not self._settings.enabled or not self._can_write(place):
            return
        while not self._ended.is_set():
            try:
                if self._look():
                    stop()
                    return
            except UpdateError as error:
                self._may_settle = True
                self._say_once(str(error))
            self._ended.wait(self._settings.interval_seconds)

    def _proves_itself(self, ask_health: Callable[[], object], settled_after_s: float) -> bool:
        """Wait until this new program has run for some time and answers; False if it is stopped before."""
        while not self._ended.wait(settled_after_s):
            try:
                ask_health()
            except UpdateError as error:
                self._say_once(f"{__version__} is new here and has not settled: {error}")
            else:
                return True
        return False

    def _look(self) -> bool:
        """Install a newer release, if there is one; return whether there was."""
        assert not isinstance(self._installation, Managed)
        version = Version.read(__version__)
        if version is None:
            raise UpdateError(f"this is {__version__}, a development version, which is not updated")
        place = Place(self._installation.executable)
        releases = Releases(Channel(self._settings.api_url, self._settings.repository), self._env)
        running = Running("ai-usage-server", version, place, self._installation.target)
        updater = Updater(running, TrustedReleases(releases, built_in_keys(), place.seen))
        decision = updater.check()
        if isinstance(decision, NotOurs | Older):
            self._say_once(str(decision))
        if not isinstance(decision, Newer):
            return False
        if decision.version == settle.read_state(place).refused:
            self._say_once(f"{decision.version} did not stay up here and was rolled back, so it is left out")
            return False
        self._may_settle = False  # from here on the installed file is no longer this program
        updater.install_for_restart(decision, self._try, self._tell)
        self._log.info("updated; ending to be started again", old=str(version), new=str(decision.version))
        return True

    def _try(self, new: Path) -> None:
        trial.run(new, ("--trial", str(self._config)), "the new ai-usage-server", _TRIAL_TIMEOUT_S)

    def _tell(self, step: Step) -> None:
        self._log.info("update", step=step.value)

    def _place(self) -> Place | None:
        return None if isinstance(self._installation, Managed) else Place(self._installation.executable)

    def _can_write(self, place: Place | None) -> bool:
        """Log once why this server cannot replace itself, and keep serving."""
        if isinstance(self._installation, Managed):
            self._say_once(
                f"this server comes from {self._installation.by}; to upgrade it, run: {self._installation.command}"
            )
            return False
        assert place is not None
        if not os.access(place.folder, os.W_OK | os.X_OK):
            self._say_once(f"{place.folder} cannot be written by this user, so the program stays as it is")
            return False
        return True

    def _settle(self) -> None:
        place, version = self._place(), Version.read(__version__)
        if place is None or version is None:
            return
        try:
            settle.settle(place, version)
        except OSError as error:
            self._say_once(f"{place.kept} cannot be removed: {error.strerror}")

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._log.warning("auto_update", reason=text)
