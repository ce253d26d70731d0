"""OpenAI Codex CLI: rollouts under `sessions/` and `archived_sessions/` (docs/sources/codex.md, read up to 0.149)."""

from ai_usage.sources.agents.codex.source import Codex

__all__ = ["Codex"]
