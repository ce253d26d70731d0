"""The updater of this program: how it was installed, where releases come from, which keys it trusts."""

import os
import sys
from collections.abc import Mapping
from typing import NoReturn

from ai_usage import __version__
from ai_usage.config.paths import find_home, find_paths
from ai_usage.config.settings import UpdateSettings
from ai_usage.errors import UpdateError, UsageError
from ai_usage.update.installation import Installation, Managed, SingleFile, find_installation
from ai_usage.update.keys import built_in_keys
from ai_usage.update.plan import Newer, Older
from ai_usage.update.release import API_URL, REPOSITORY, Channel, Releases
from ai_usage.update.replace import Place
from ai_usage.update.trusted import TrustedReleases
from ai_usage.update.upgrade import OnBytes, Running, Updater
from ai_usage.update.version import Version


def this_version() -> Version:
    """Return the version of this process.

    Raises:
        UpdateError: this is a development version, which is not updated.
    """
    version = Version.read(__version__)
    if version is None:
        raise UpdateError(f"this is {__version__}, a development version, which is not updated")
    return version


def trusted_releases(settings: UpdateSettings, env: Mapping[str, str]) -> TrustedReleases:
    """Return the source of signed releases that the settings and the environment name.

    Raises:
        UsageError: its address is not https.
    """
    try:
        releases = Releases(Channel(settings.api_url or API_URL, settings.repository or REPOSITORY), env)
    except UpdateError as error:
        raise UsageError(str(error)) from error
    return TrustedReleases(releases, built_in_keys(), find_paths(env, find_home()).update_seen)


def find_client() -> Installation:
    """Find out how this client was installed."""
    return find_installation("ai-usage")


def updater(
    single: SingleFile, settings: UpdateSettings, env: Mapping[str, str], on_bytes: OnBytes
) -> Updater:
    """Make the updater of a single file.

    Raises:
        UpdateError: this version is not updated.
        UsageError: the settings do not allow it.
    """
    running = Running("ai-usage", this_version(), Place(single.executable), single.target)
    return Updater(running, trusted_releases(settings, env), on_bytes)


def update_quietly(settings: UpdateSettings, env: Mapping[str, str]) -> Version | None:
    """Install a newer release while the program keeps running; return its version, or None if this one is the newest.

    Raises:
        UpdateError: a newer release could not be installed, or the channel does not answer.
    """
    installation = find_client()
    if isinstance(installation, Managed):
        raise UpdateError(
            f"ai-usage comes from {installation.by}; to upgrade it, run: {installation.command}"
        )
    found = updater(installation, settings, env, lambda _done, _total: None)
    decision = found.check()
    if isinstance(decision, Older):
        raise UpdateError(str(decision))
    if not isinstance(decision, Newer):
        return None
    found.install(decision)
    return decision.version


def restart() -> NoReturn:
    """Replace this process by the installed file of this program, which may be newer."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.argv[0], sys.argv)  # noqa: S606  # the file that this process was started from
