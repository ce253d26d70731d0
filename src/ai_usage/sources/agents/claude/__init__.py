"""Claude Code: transcripts under `projects/`, one JSON line an event (docs/sources/claude.md, read up to 2.1.332)."""

from ai_usage.sources.agents.claude.source import Claude

__all__ = ["Claude"]
