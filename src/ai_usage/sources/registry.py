"""The agents that this program knows, in the order in which users see them."""

from typing import Final

from ai_usage.sources.agents.claude import Claude
from ai_usage.sources.agents.codex import Codex
from ai_usage.sources.agents.gemini import Gemini
from ai_usage.sources.agents.kimi import Kimi
from ai_usage.sources.agents.omp import Omp
from ai_usage.sources.agents.pi import Pi
from ai_usage.sources.base import Source

SOURCES: Final[tuple[Source, ...]] = (Claude(), Codex(), Gemini(), Kimi(), Omp(), Pi())
