"""What lies around a rollout in the agent's folder: its settings, and other rollouts."""

import os
from pathlib import Path

from ai_usage.plain_file import read_plain
from ai_usage.sources.agents.codex.places import FOLDERS


class Home:
    """The agent's folder in which a log lies; looked at only when a log leaves something open.

    Args:
        path: of the log.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._model: str | None = None
        self._logged: dict[str, bool] = {}

    def configured_model(self) -> str:
        """Return the model that `config.toml` names now: weak, but better than nothing for a log that names none."""
        if self._model is None:
            folder = self._folder()
            self._model = _model_in(folder / "config.toml") if folder is not None else ""
        return self._model

    def has_rollout(self, thread: str) -> bool:
        """Tell whether a thread left a rollout, which tells more than what it printed."""
        if thread not in self._logged:
            folder = self._folder()
            self._logged[thread] = folder is not None and any(
                name.startswith("rollout-") and name.removesuffix(".zst").endswith(f"-{thread}.jsonl")
                for each in FOLDERS
                for _, _, names in os.walk(folder / each)
                for name in names
            )
        return self._logged[thread]

    def _folder(self) -> Path | None:
        return next((each.parent for each in Path(self._path).parents if each.name in FOLDERS), None)


def _model_in(config: Path) -> str:
    import tomllib  # rarely needed

    try:
        model = tomllib.loads(read_plain(config).decode("utf-8-sig")).get("model")
    except (OSError, ValueError, RecursionError):
        return ""
    return model if isinstance(model, str) else ""
