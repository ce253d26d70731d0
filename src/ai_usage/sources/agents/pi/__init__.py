"""pi: sessions under `~/.pi/agent/sessions`, trees of entries (docs/sources/pi.md)."""

from ai_usage.sources.agents.pi.source import Pi

__all__ = ["Pi"]
