"""Gemini CLI: chats under `tmp/<project>/chats/` (docs/sources/gemini.md, read up to August 2026)."""

from ai_usage.sources.agents.gemini.source import Gemini

__all__ = ["Gemini"]
