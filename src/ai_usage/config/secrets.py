"""The secrets of sync: `~/.secrets/ai-usage.yaml`, read only if no other user can read it."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from ai_usage.errors import UsageError

TEMPLATE: Final = """\
sync:
  enabled: false
  server_url: "https://usage.your-domain.example"
  token: "replace-me"
  machine_id: "workstation-home"
  upload_project_hash: true
  request_timeout_seconds: 15
"""
LOOPBACK_VARIABLE: Final = "AI_USAGE_ALLOW_INSECURE_LOOPBACK"
"""With the value 1, `http://` is allowed for an address of this machine; meant for tests."""
MIN_TOKEN_CHARACTERS: Final = 32
_MAX_BYTES: Final = 64 * 1024
_LONGEST_TIMEOUT_S: Final = 86_400
_MACHINE_ID: Final = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)
_KEYS: Final = (
    "enabled",
    "server_url",
    "token",
    "machine_id",
    "upload_project_hash",
    "request_timeout_seconds",
)


class SyncSettings(NamedTuple):
    """The address and credentials of the person's server, and this machine's name there."""

    server_url: str
    """Without a slash at its end."""
    token: str
    machine_id: str | None
    """None: the machine's own name."""
    upload_project_hash: bool
    request_timeout_s: float

    def __repr__(self) -> str:
        """Show the settings without the token."""
        return f"SyncSettings(server_url={self.server_url!r}, machine_id={self.machine_id!r})"


class Secrets(NamedTuple):
    """The contents of the secrets file."""

    sync: SyncSettings | None
    """None while sync is off."""
    machine_id: str | None
    """This machine's name in a valid file, also when sync is disabled there."""
    off_because: str | None
    """Why sync is off, and how to turn it on; None when it is on."""
    warning: str | None = None
    """The problem with the file, to be shown once; None when the file is missing or valid."""


class _Refused(Exception):
    """The file may not be used; the text says why and what to do."""


def read_secrets(path: Path, env: Mapping[str, str]) -> Secrets:
    """Read the secrets file; any problem with it turns sync off and has no other effect.

    Args:
        path: the file, which may be missing.
        env: the environment, for `AI_USAGE_ALLOW_INSECURE_LOOPBACK`.
    """
    try:
        text = _read_private(path)
        return _settle(path, _load(text), env)
    except FileNotFoundError:
        return Secrets(None, None, f"{path} does not exist; run: ai-usage sync init")
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror}"
        return Secrets(None, None, reason, reason)
    except _Refused as error:
        reason = str(error) if str(error).startswith("refusing") else f"{path}: {error}"
        return Secrets(None, None, reason, reason)


def write_template(path: Path, *, force: bool) -> None:
    """Write a disabled template that only its owner can read.

    Raises:
        UsageError: there is a file already, and `force` is not set.
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(TEMPLATE)
        if force:
            draft.replace(path)
        else:
            os.link(draft, path)
    except FileExistsError as error:
        raise UsageError(f"{path} exists; --force replaces it, with the token in it") from error
    finally:
        draft.unlink(missing_ok=True)


def _read_private(path: Path) -> str:
    """Read the file after checking the opened descriptor, so that the file cannot be exchanged between the two."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _Refused(f"refusing to read {path}: it is not a regular file")
        if hasattr(os, "getuid"):
            if found.st_uid != os.getuid():
                raise _Refused(
                    f"refusing to read {path}: it belongs to another user; make a file of your own"
                )
            if found.st_mode & 0o077:
                raise _Refused(f"refusing to read {path}: permissions must be 0600; run: chmod 600 {path}")
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise _Refused(f"refusing to read {path}: it is larger than {_MAX_BYTES // 1024} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Refused("is not UTF-8 text") from error


def _load(text: str) -> dict[str, Any]:
    """Parse the YAML; error messages give the position only, because the parser's text quotes lines of the file."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Refuses objects, aliases and repeated keys, so that parsing takes time in proportion to the file."""

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]  # not in the stubs
                raise _Refused(f"aliases such as *name are not understood, at line {line}")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise _Refused(f"a key must be a word, at line {key.start_mark.line + 1}")
                if key.value in seen:
                    raise _Refused(f"the key {key.value[:64]!r} appears twice")
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    try:
        document = yaml.load(text, Loader)  # noqa: S506  # a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        place = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise _Refused(f"is not YAML: {error.problem or 'unreadable'}{place}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _Refused("is not YAML") from error
    document = {} if document is None else document
    if not isinstance(document, dict):
        raise _Refused("must begin with the key sync:")
    _check_keys(document, ("sync",), "")
    section = document.get("sync", {})
    if not isinstance(section, dict):
        raise _Refused("sync must hold keys such as enabled: true, indented by two spaces")
    _check_keys(section, _KEYS, "sync.")
    return section


def _check_keys(mapping: Mapping[Any, Any], known: tuple[str, ...], prefix: str) -> None:
    for key in mapping:
        if key not in known:
            raise _Refused(
                f"unknown key {prefix}{str(key)[:64]}; known: {', '.join(prefix + name for name in known)}"
            )


def _settle(path: Path, section: Mapping[str, Any], env: Mapping[str, str]) -> Secrets:
    enabled = _of_type(section, "enabled", bool, "true or false", default=False)
    machine_id = _of_type(section, "machine_id", str, 'text, such as "laptop"', default=None)
    if machine_id is not None and _MACHINE_ID.fullmatch(machine_id) is None:
        raise _Refused(f"sync.machine_id {machine_id[:80]!r} must be 1 to 64 of a-z, 0-9, _ and -")
    project_hash = _of_type(section, "upload_project_hash", bool, "true or false", default=True)
    timeout = _of_type(section, "request_timeout_seconds", (int, float), "a number of seconds", default=15)
    if isinstance(timeout, bool) or not 0 < timeout <= _LONGEST_TIMEOUT_S:
        raise _Refused(
            f"sync.request_timeout_seconds must be a number greater than 0, and at most {_LONGEST_TIMEOUT_S}"
        )
    url = _of_type(section, "server_url", str, "text in quotes", default=None)
    token = _of_type(section, "token", str, "text in quotes", default=None)
    if not enabled:
        return Secrets(None, machine_id, f"{path} does not say enabled: true")
    for key, value in (("server_url", url), ("token", token)):
        if value is None:
            raise _Refused(f"sync.{key} is missing")
    if len(token) < MIN_TOKEN_CHARACTERS:
        raise _Refused(f"sync.token must have at least {MIN_TOKEN_CHARACTERS} characters")
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise _Refused("sync.token must be ASCII letters, digits and signs, without blanks")
    settings = SyncSettings(_checked_url(url, env), token, machine_id, project_hash, float(timeout))
    return Secrets(settings, machine_id, None)


def _of_type(
    section: Mapping[str, Any], key: str, kind: type | tuple[type, ...], wanted: str, *, default: Any
) -> Any:
    value = section.get(key)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise _Refused(f"sync.{key} must be {wanted}")
    return value


def _checked_url(url: str, env: Mapping[str, str]) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _Refused("sync.server_url is not a URL such as https://usage.example.org") from error
    if parts.scheme not in ("https", "http") or not host or not url.isprintable() or " " in url:
        raise _Refused("sync.server_url must be a URL such as https://usage.example.org")
    if parts.username is not None or parts.query or parts.fragment:
        raise _Refused("sync.server_url must not hold a user name, a ? or a #")
    if parts.scheme == "http" and not (env.get(LOOPBACK_VARIABLE) == "1" and is_loopback(host)):
        raise _Refused(
            "sync.server_url must begin with https:// (http:// only to this machine itself, with "
            f"{LOOPBACK_VARIABLE}=1)"
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
