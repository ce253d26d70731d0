"""Install a release: from the network to the path of the running program."""

import contextlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

from ai_usage.errors import UpdateError
from ai_usage.update import replace, settle, trial
from ai_usage.update.plan import Decision, Newer, decide
from ai_usage.update.replace import Place
from ai_usage.update.target import Program, asset_name
from ai_usage.update.trusted import TrustedReleases, is_signed
from ai_usage.update.verify import signed_file, verify_file, verify_size
from ai_usage.update.version import Version


class Step(StrEnum):
    """What has just been done; a program that is killed after any of them can still be started."""

    LOCKED = "found a newer release"
    TRUSTED = "verified the signature of its sums"
    DOWNLOADED = "downloaded and compared with its sum"
    TRIED = "started on trial"
    KEPT = "kept the old program"
    REPLACED = "put in place"
    STARTED = "started from its place"
    DONE = "done"


OnStep = Callable[[Step], None]
OnBytes = Callable[[int, int], None]
"""Called with the number of bytes received and the total."""


class Running(NamedTuple):
    """The program that updates itself."""

    program: Program
    version: Version
    place: Place
    target: str

    @property
    def asset(self) -> str:
        """The name of the release's file for this program and target."""
        return asset_name(self.program, self.target)


class Updater:
    """Finds, verifies and installs releases for one running program."""

    def __init__(
        self,
        running: Running,
        trusted: TrustedReleases,
        on_bytes: OnBytes = lambda _done, _total: None,
    ) -> None:
        """Prepare; `on_bytes` is called with the progress of the download."""
        self.running = running
        self._trusted = trusted
        self._on_bytes = on_bytes

    def check(self) -> Decision:
        """Look for a newer release.

        Raises:
            UpdateError: there is no answer, the release has no file for this machine, or its signature is not valid.
        """
        seen = self._trusted.seen
        release = self._trusted.latest(self.running.version)
        return decide(self.running.version, release, self.running.asset, seen)

    def install(self, newer: Newer, on_step: OnStep = lambda _: None) -> None:
        """Install a release and start it on trial; if it does not start, put the old program back.

        Raises:
            UpdateError: the release is not trusted, does not run, or cannot be written.
        """
        place, program = self.running.place, self.running.program
        with self._fetched(newer, on_step) as new:
            replace.keep_old(place)
            on_step(Step.KEPT)
            replace.put_in_place(new, place)
            on_step(Step.REPLACED)
            try:
                trial.try_version(place.executable, program, newer.version)
            except UpdateError as error:
                replace.roll_back(place)
                raise UpdateError(f"{error}; {self.running.version} was put back") from error
            on_step(Step.STARTED)
            replace.drop_old(place)
            on_step(Step.DONE)

    def install_for_restart(self, newer: Newer, also_try: Callable[[Path], None], on_step: OnStep) -> None:
        """Install a release that a supervisor will start; the old program is kept until it has settled.

        Args:
            newer: what `check` found.
            also_try: raises UpdateError if the new program does not work.
            on_step: called after each step.

        Raises:
            UpdateError: the release is not trusted, does not run, or cannot be written.
        """
        place = self.running.place
        with self._fetched(newer, on_step) as new:
            also_try(new)
            settle.announce(place, newer.version)
            replace.keep_old(place)
            on_step(Step.KEPT)
            replace.put_in_place(new, place)
            on_step(Step.REPLACED)

    def verify_running(self) -> bool:
        """Compare the running file with the signed sums of its own release; False without such sums.

        An installer that cannot verify Ed25519 leaves this to the program.

        Raises:
            UpdateError: the release is signed, but not for this file.
        """
        version = self.running.version
        release = self._trusted.latest(version)
        if release.version != version or not self._trusted.has_keys or not is_signed(release):
            return False
        expected = signed_file(self._trusted.sums(release, version), self.running.asset).sha256
        with replace.translated(self.running.place), self.running.place.executable.open("rb") as file:
            verify_file(str(self.running.place.executable), expected, file_digest(file, "sha256").hexdigest())
        return True

    def tidy(self) -> None:
        """Remove the kept old program of an update that was killed after the trial."""
        place = self.running.place
        if place.kept.exists():
            with replace.translated(place), replace.locked(place):
                replace.drop_old(place)

    @contextlib.contextmanager
    def _fetched(self, newer: Newer, on_step: OnStep) -> Iterator[Path]:
        """Yield the new program, verified and started once, in a file beside the old one."""
        place, program = self.running.place, self.running.program
        if not self._trusted.has_keys:
            raise UpdateError(
                f"this build of {program} carries no release key, so it cannot tell which release is genuine "
                "and installs nothing"
            )
        with replace.translated(place), replace.locked(place):
            on_step(Step.LOCKED)
            self._refuse_replaced()
            sums = self._trusted.sums(newer.release, newer.version)
            expected = signed_file(sums, newer.program.name)
            verify_size(newer.program.name, expected.size_bytes, newer.program.size_bytes)
            on_step(Step.TRUSTED)
            with replace.new_file(place) as (file, new):
                total = newer.program.size_bytes
                actual = self._trusted.releases.save(
                    newer.program, file, lambda done: self._on_bytes(done, total)
                )
                verify_file(newer.program.name, expected.sha256, actual)
                replace.make_startable(file, place)
                on_step(Step.DOWNLOADED)
                trial.try_version(new, program, newer.version)
                on_step(Step.TRIED)
                yield new

    def _refuse_replaced(self) -> None:
        """Refuse to replace a file that another update has already replaced."""
        place, program = self.running.place, self.running.program
        found = trial.ask_version(place.executable, program, str(place.executable))
        if found != self.running.version:
            raise UpdateError(
                f"{place.executable} is {found} by now, while this program is {self.running.version}; start it again"
            )
