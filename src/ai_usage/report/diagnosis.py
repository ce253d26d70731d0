"""The data for a bug report: versions, files, settings, the ledger; without secrets and the person's folder names."""

import os
import platform
import stat
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from ai_usage import __version__
from ai_usage.config.paths import Paths
from ai_usage.errors import AiUsageError, LedgerReadOnly
from ai_usage.ledger.ledger import Ledger
from ai_usage.usage.instant import to_text

_LIBRARIES: Final = (
    "ahocorasick_rs", "click", "cryptography", "filelock", "httpx2", "msgspec", "orjson", "PyYAML", "rich",
    "textual", "watchfiles",
)  # fmt: skip
_VARIABLES: Final = (
    "AI_USAGE_DATA_DIR", "AI_USAGE_CACHE_DIR", "AI_USAGE_SECRETS", "AI_USAGE_ALLOW_INSECURE_LOOPBACK",
    "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME",
    "CODEX_CONFIG_DIR", "GEMINI_CLI_HOME", "GEMINI_CONFIG_DIR", "KIMI_SHARE_DIR", "KIMI_CODE_HOME", "KIMI_CONFIG_DIR",
    "OMP_CODING_AGENT_DIR", "OMP_CONFIG_DIR", "PI_CODING_AGENT_DIR", "PI_CODING_AGENT_SESSION_DIR", "PI_CONFIG_DIR",
    "TZ", "LANG", "LC_ALL", "TERM", "COLORTERM", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "SSL_CERT_FILE",
)  # fmt: skip
"""Variables that affect the program; none holds a secret."""


def diagnose(paths: Paths, env: Mapping[str, str], home: Path) -> dict[str, Any]:
    """Collect the data for a bug report without changing anything."""
    found: dict[str, Any] = shortened(
        {
            "version": __version__,
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "executable": sys.executable,
            "platform": platform.platform(),
            "libraries": {name: _version(name) for name in _LIBRARIES},
            "environment": {name: env[name] for name in _VARIABLES if name in env},
            "files": {
                name: _file(path)
                for name, path in {
                    "data": paths.data,
                    "ledger": paths.ledger,
                    "cache": paths.cache,
                    "remote": paths.remote,
                    "price_overlay": paths.price_overlay,
                    "settings": paths.settings,
                    "models": paths.models,
                    "secrets": paths.secrets,
                }.items()
            },
            "ledger": _ledger(paths.ledger),
        },
        [(str(home), "~")],
    )
    return found


def shortened(value: Any, names: Sequence[tuple[str, str]]) -> Any:
    """Replace the person's folders by short names in every text."""
    if isinstance(value, dict):
        return {key: shortened(each, names) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shortened(each, names) for each in value]
    if isinstance(value, str):
        for folder, name in names:
            value = value.replace(folder, name)
    return value


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _file(path: Path) -> dict[str, Any]:
    """Describe a file without opening it."""
    try:
        found = path.stat()
    except OSError as error:
        return {
            "path": str(path),
            "state": "absent" if isinstance(error, FileNotFoundError) else error.strerror,
        }
    return {
        "path": str(path),
        "state": "folder" if stat.S_ISDIR(found.st_mode) else "file",
        "mode": f"{stat.S_IMODE(found.st_mode):04o}",
        "own": not hasattr(os, "getuid") or found.st_uid == os.getuid(),
        "bytes": found.st_size,
    }


def _ledger(path: Path) -> dict[str, Any]:
    try:
        with Ledger.open(path, write=False) as ledger:
            extent = ledger.extent()
            return {
                "records": ledger.record_count(),
                "changes": ledger.change_number(),
                "first": to_text(extent[0]) if extent else None,
                "last": to_text(extent[1]) if extent else None,
                "logs": len(ledger.log_files()),
            }
    except AiUsageError as error:
        if isinstance(error, LedgerReadOnly) and not os.path.lexists(path):
            return {"state": "absent"}
        return {"problem": str(error)}
