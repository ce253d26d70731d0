"""The server's settings: one YAML file, checked completely before the server starts."""

import difflib
import ipaddress
import os
import re
import stat
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec
import yaml

from ai_usage.config.https import is_secure
from ai_usage.errors import UsageError
from ai_usage.update.release import API_URL, REPOSITORY
from ai_usage.wire.record import HOST_ID

DEFAULT_CONFIG: Final = Path("/etc/ai-usage-server/config.yaml")
TOKEN_LENGTH: Final = 32
PLACEHOLDER: Final = "replace-me"
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)

LogLevel = Literal["trace", "debug", "info", "warn", "warning", "error"]
"""`trace` and `warn` are older servers' names of `debug` and `warning`."""


class AutoUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether and how often the server looks for a newer release of itself."""

    enabled: bool = False
    interval_seconds: int = 3600
    api_url: str = API_URL
    """A release API that answers as GitHub's does."""
    repository: str = REPOSITORY
    """`owner/name` there."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of the file, with defaults for absent keys."""

    db_path: str
    shared_token: str
    listen: str = "127.0.0.1:8787"
    allowed_hosts: tuple[str, ...] | None = None
    """The machines that may read and write; None: any valid id."""
    max_body_bytes: int = 1_048_576
    max_batch_records: int = 1000
    log_level: LogLevel = "info"
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1")
    """Addresses and networks of proxies that are trusted to name a client's address."""
    client_address_header: str = "x-forwarded-for"
    """The header in which they name it; of several entries the last counts."""
    auto_update: AutoUpdate = AutoUpdate()

    def address(self) -> tuple[str, int]:
        """Return host and port to listen on.

        Raises:
            UsageError: `listen` is not `host:port`.
        """
        host, _, port = self.listen.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not (port.isascii() and port.isdecimal()) or len(port) > 5 or int(port) > 65535:
            raise UsageError(f"listen: {self.listen!r} is not host:port, for example 127.0.0.1:8787")
        return host, int(port)


class Loaded(msgspec.Struct, frozen=True):
    """The settings, and warnings about their file."""

    settings: Settings
    warnings: tuple[str, ...]


def load(path: Path) -> Loaded:
    """Read and check the settings.

    Raises:
        UsageError: the first thing that is wrong, with the file, the key and what would be right.
    """
    try:
        # Without O_NONBLOCK the server would wait for ever for the writer of a pipe.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise UsageError(f"{path} is not a regular file")
            content = file.read(1_000_001)
    except FileNotFoundError as error:
        raise UsageError(f"there is no {path}; make it from examples/server-config-template.yaml") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(f"{path} can be written by users other than its owner; run: chmod go-w {path}")
    try:
        settings = _parse(content)
        _check(settings)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    remedy = f"run: chown root:ai-usage {path} && chmod 640 {path}"
    warning = f"{path} can be read by every user of this machine; {remedy}"
    return Loaded(settings, (warning,) if mode & stat.S_IROTH else ())


def _parse(content: bytes) -> Settings:
    try:
        values = yaml.load(content, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader underneath
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise UsageError(f"not valid YAML{where}: {getattr(error, 'problem', None) or error}") from error
    except (
        RecursionError,
        ValueError,
    ) as error:  # ValueError: a date that no calendar has, a number of many digits
        raise UsageError("not valid YAML: a value is not valid, or nested too deeply") from error
    if not isinstance(values, dict):
        raise UsageError("the settings must be a list of `key: value` lines")
    _refuse_unknown(values, Settings, "")
    if isinstance(values.get("auto_update"), dict):
        _refuse_unknown(values["auto_update"], AutoUpdate, "auto_update.")
    for key in ("db_path", "shared_token"):
        if key not in values:
            raise UsageError(f"{key} is missing")
    if "allowed_hosts" in values and values["allowed_hosts"] is None:
        raise UsageError("allowed_hosts has no value; name hosts, or remove the key to allow any")
    try:
        return msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").removeprefix(".")
        if key == "log_level":
            said = f"must be one of {', '.join(get_args(LogLevel))}"
        raise UsageError(f"{key}: {said[:1].lower()}{said[1:]}") from error


def _refuse_unknown(values: dict[Any, Any], kind: type[msgspec.Struct], prefix: str) -> None:
    known = kind.__struct_fields__
    for key in values:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, 1)
            hint = f"; did you mean {prefix}{close[0]}?" if close else f"; known keys: {', '.join(known)}"
            raise UsageError(f"unknown key {prefix}{key}{hint}")


def _check(settings: Settings) -> None:
    settings.address()
    if settings.shared_token == PLACEHOLDER:
        raise UsageError("shared_token is still replace-me; make one: openssl rand -hex 32")
    if len(settings.shared_token) < TOKEN_LENGTH:
        raise UsageError(
            f"shared_token is shorter than {TOKEN_LENGTH} characters; make one: openssl rand -hex 32"
        )
    if (
        not (settings.shared_token.isascii() and settings.shared_token.isprintable())
        or " " in settings.shared_token
    ):
        raise UsageError(
            "shared_token must be printable ASCII without blanks; make one: openssl rand -hex 32"
        )
    if not Path(settings.db_path).is_absolute():
        raise UsageError(f"db_path: {settings.db_path!r} is not an absolute path")
    for host in settings.allowed_hosts or ():
        if HOST_ID.fullmatch(host) is None:
            raise UsageError(
                f"allowed_hosts: {host!r} is not a machine id; allowed are 1 to 64 of a-z 0-9 _ -"
            )
    for key, value, least, most in (
        ("max_body_bytes", settings.max_body_bytes, 1024, 67_108_864),
        ("max_batch_records", settings.max_batch_records, 1, 1_000_000),
        ("auto_update.interval_seconds", settings.auto_update.interval_seconds, 60, 31_536_000),
    ):
        if value < least:
            raise UsageError(f"{key} must be at least {least}")
        if value > most:
            raise UsageError(f"{key} must be at most {most}")
    if not is_secure(settings.auto_update.api_url, os.environ):
        raise UsageError(
            f"auto_update.api_url: {settings.auto_update.api_url!r} does not begin with https://"
        )
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", settings.auto_update.repository, re.ASCII):
        raise UsageError(f"auto_update.repository: {settings.auto_update.repository!r} is not owner/name")
    if not _HEADER_NAME.fullmatch(settings.client_address_header):
        raise UsageError(f"client_address_header: {settings.client_address_header!r} is not a header's name")
    for proxy in settings.trusted_proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError as error:
            raise UsageError(f"trusted_proxies: {proxy!r} is not an address or network") from error


class _StrictLoader(yaml.SafeLoader):
    """Reads plain values only, and refuses repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping as the safe loader does.

        Raises:
            yaml.constructor.ConstructorError: a key stands twice, or is no word.
        """
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is not a text", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value} appears twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)
