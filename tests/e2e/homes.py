"""A fresh home with small real logs, and the installed program run in it."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.servers import PROGRAMS

PROGRAM = PROGRAMS / "ai-usage"

MODELS_TOML = """
[display."claude-opus-4-6"]
short = "Opus 4.6"

[pricing."claude-opus-4-6"]
input = 5.0
output = 25.0
cache_read = 0.5
cache_write = 6.25
cache_write_1h = 10.0
"""


class Home:
    """A home folder in which nothing was ever run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.env: dict[str, str] = {
            "HOME": str(path),
            "PATH": os.environ["PATH"],
            "TZ": "Europe/Berlin",
            "AI_USAGE_SECRETS": str(path / "no-secrets.yaml"),
        }
        self.write(".config/ai-usage/models.toml", MODELS_TOML)
        self.write(".cache/ai-usage/prices.attempt", "")  # newer prices were asked for just now

    def write(self, name: str, text: str) -> Path:
        """Write a file and the folders above it."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def write_claude(
        self, lines: Iterable[Mapping[str, Any]], session: str = "s1", folder: str = "-shop"
    ) -> Path:
        """Write a transcript of Claude Code."""
        text = "".join(json.dumps(line) + "\n" for line in lines)
        return self.write(f".claude/projects/{folder}/{session}.jsonl", text)

    def run(
        self, *words: str, stdin: str = "", code: int = 0, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the program and expect an exit code."""
        done = subprocess.run(
            [str(PROGRAM), *words],
            input=stdin,
            env=self.env | env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *words: str, **env: str) -> Any:
        """Run the program and read the JSON it writes."""
        return json.loads(self.run(*words, stdin="", code=0, **env).stdout)


def request(
    number: int,
    time: str,
    *,
    model: str = "claude-opus-4-6",
    session: str = "s1",
    cwd: str = "/home/ada/shop",
    usage: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the line of one request as Claude Code writes it."""
    return {
        "type": "assistant",
        "timestamp": time,
        "sessionId": session,
        "cwd": cwd,
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "requestId": f"req_{number:020}",
        "message": {
            "id": f"msg_{number:020}",
            "model": model,
            "role": "assistant",
            "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "done"}],
            "usage": usage
            or {
                "input_tokens": 10,
                "cache_read_input_tokens": 1000,
                "cache_creation_input_tokens": 300,
                "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
                "output_tokens": 50,
            },
        },
    }
