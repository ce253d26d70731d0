"""Oh My Pi: sessions under `~/.omp/agent/sessions`, trees of entries (docs/sources/omp.md, read up to version 17)."""

from ai_usage.sources.agents.omp.source import Omp

__all__ = ["Omp"]
