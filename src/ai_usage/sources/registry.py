"""The agents that this program knows, in the order in which users see them."""

from typing import Final

from ai_usage.sources.agents.claude import Claude
from ai_usage.sources.agents.codex import Codex
from ai_usage.sources.base import Source

SOURCES: Final[tuple[Source, ...]] = (Claude(), Codex())
