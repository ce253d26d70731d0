"""Wiring: read the environment, the files, the settings and the clock once, and pass them on as plain values."""

import os
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ai_usage.cli.door import complain
from ai_usage.config.machine import this_machine_name
from ai_usage.config.paths import Paths, find_home, find_paths
from ai_usage.config.settings import Settings, read_settings
from ai_usage.errors import LedgerDamaged, LedgerError, LedgerUnreadable

if TYPE_CHECKING:
    from ai_usage.cli.asked import Asked
    from ai_usage.config.secrets import Secrets
    from ai_usage.ingest.scout import Scout
    from ai_usage.ledger.ledger import Ledger
    from ai_usage.pricing.catalog import Catalog
    from ai_usage.report.gather import HostView
    from ai_usage.sources.base import Root, Source

_HOUR_S = 3600


class Context:
    """The environment, settings and files of a command; each is read when it is first needed."""

    def __init__(self, env: Mapping[str, str] = os.environ, *, sparing: bool = False) -> None:
        """Keep the environment; read nothing yet.

        Args:
            env: the environment.
            sparing: whether a lasting warning is repeated at most once an hour.
        """
        self.env = env
        self._sparing = sparing

    @cached_property
    def now(self) -> int:
        """The instant at which the command runs."""
        return time.time_ns() // 1000

    @cached_property
    def home(self) -> Path:
        """The person's home folder.

        Raises:
            UsageError: it cannot be found.
        """
        return find_home()

    @cached_property
    def paths(self) -> Paths:
        """Where the files are."""
        return find_paths(self.env, self.home)

    @cached_property
    def sources(self) -> "tuple[Source, ...]":
        """The agents whose logs can be read."""
        from ai_usage.sources.registry import SOURCES

        return SOURCES

    @cached_property
    def settings(self) -> Settings:
        """What the person configured.

        Raises:
            UsageError: `config.toml` is not valid.
        """
        return read_settings(self.paths.settings, [source.name for source in self.sources], self.home)

    @cached_property
    def secrets(self) -> "Secrets":
        """The secrets file; a problem with it is reported once, by a status line at most once an hour."""
        from ai_usage.config.secrets import read_secrets

        found = read_secrets(self.paths.secrets, self.env)
        if found.warning is not None and self._may_warn():
            complain(found.warning)
        return found

    def _may_warn(self) -> bool:
        """Tell whether to print a warning; a status line prints one at most once an hour."""
        if not self._sparing:
            return True
        stamp = self.paths.cache / "secrets.warned"
        try:
            if stamp.exists() and abs(time.time() - stamp.stat().st_mtime) < _HOUR_S:
                return False
            self.paths.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            stamp.touch(mode=0o600)
        except OSError:
            return False
        return True

    @cached_property
    def machine(self) -> str:
        """The name of this machine."""
        return this_machine_name(self.secrets.machine_id if os.path.lexists(self.paths.secrets) else None)

    @cached_property
    def catalog(self) -> "Catalog":
        """Prices and names of models.

        Raises:
            UsageError: `models.toml` is not valid.
        """
        from ai_usage.pricing.catalog import Catalog

        return Catalog(self.paths.models, self.paths.price_overlay)

    @cached_property
    def roots(self) -> "dict[str, list[Root]]":
        """The folders that may hold logs, by vendor."""
        return {source.name: self._roots_of(source) for source in self.sources}

    def _roots_of(self, source: "Source") -> "list[Root]":
        from ai_usage.sources.base import Root
        from ai_usage.sources.roots import unique

        configured = (
            Root(folder, "config.toml")
            for entry in self.settings.sources.get(source.name, ())
            for folder in source.entry_roots(entry)
        )
        return unique([*source.roots(self.env, self.home), *configured])

    def scouting(self, asked: "Asked") -> "AbstractContextManager[Scout | None]":
        """Look for logs in a child process while a block runs; start no child when no logs are read."""
        if asked.no_ingest:
            return nullcontext()
        from ai_usage.ingest.scout import scouting

        return scouting(self.sources, self.roots, reads=not os.path.lexists(self.paths.ledger))

    def others(self, own: "Ledger", notes: list[str]) -> "list[HostView]":
        """Open the records of other machines; an unreadable file is left out, and a note names the machine.

        Args:
            own: this machine's ledger, which lists the hidden machines.
            notes: the list to which notes on unreadable records are appended.
        """
        from ai_usage.ledger.ledger import Ledger
        from ai_usage.report.gather import HostView
        from ai_usage.sync.known import hidden_hosts, named_hosts, stored_hosts

        paths = self.paths
        stored: list[str] = []
        try:
            stored = stored_hosts(paths.remote)
        except LedgerUnreadable as error:
            notes.append(f"The records of other machines are missing: {error}.")
        hosts = {*stored, *named_hosts(paths.sync_state)} - {self.machine}
        if not hosts:
            return []
        views: list[HostView] = []
        for host in sorted(hosts - hidden_hosts(own)):
            try:
                path = paths.remote / f"{host}.bin"
                ledger = Ledger.open(path, write=False) if host in stored else Ledger.in_memory()
                views.append(HostView(host, ledger, local=False))
            except LedgerError as error:
                remedy = "; run: ai-usage sync clean" if isinstance(error, LedgerDamaged) else ""
                notes.append(f"The records of {host} cannot be read and are missing: {error}{remedy}.")
        return views
