"""Kimi CLI (read up to 1.49) and its successor Kimi Code (read up to August 2026): docs/sources/kimi.md."""

from ai_usage.sources.agents.kimi.source import Kimi

__all__ = ["Kimi"]
