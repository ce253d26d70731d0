"""The extra `server`: packages that only the server needs, and the command that installs them."""

import shlex
from importlib.util import find_spec
from typing import Final

from ai_usage.errors import AiUsageError
from ai_usage.update.installation import Facts, find_facts

_PACKAGES: Final = ("httptools", "starlette", "structlog", "uvicorn")
"""The packages of the extra in `pyproject.toml` that the server imports."""
_PIP: Final = "pip install 'ai-usage[server]'"


class ExtraMissing(AiUsageError):
    """The program is installed without the server's packages."""


def check_extra() -> None:
    """Check that the server's packages are installed.

    Raises:
        ExtraMissing: some are missing.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        here = install_command(find_facts("ai-usage-server"))
        raise ExtraMissing(
            f"the server's packages are not installed ({', '.join(missing)}); run: {_PIP}"
            + ("" if here is None else f" (in this installation: {here})")
        )


def install_command(facts: Facts) -> str | None:
    """Return the command that adds the extra to an installation; None for an unknown installation."""
    python = shlex.quote(facts.python)
    if facts.source is not None:
        return f"{python} -m pip install -e {shlex.quote(facts.source + '[server]')}"
    if "uv-receipt.toml" in facts.marks:
        return "uv tool install 'ai-usage[server]'"
    if "pipx_metadata.json" in facts.marks:
        return "pipx install --force 'ai-usage[server]'"
    if facts.installer == "uv":
        return f"uv pip install --python {python} 'ai-usage[server]'"
    if facts.installer == "pip":
        return f"{python} -m {_PIP}"
    return None
