"""pi sessions: `agent/sessions/--<folder>--/<time>_<id>.jsonl`, a tree of entries as Oh My Pi's, in its own words."""

from bench.agent_logs import omp
from bench.agent_logs.request import Request


class SessionFile(omp.SessionFile):
    """One session with its entries."""

    SESSIONS = ".pi/agent/sessions"
    OPENING_LINES = 1

    def folder(self, cwd: str) -> str:
        """Return the name of the folder for a place to work in."""
        return f"--{cwd.removeprefix('/').replace('/', '-')}--"

    def opening(self) -> bytes:
        """Return the session line."""
        return self.header()

    def chosen(self, model: str) -> str:
        """Return the fields that name the chosen model."""
        return f'"provider":"anthropic","modelId":"{model}"'

    def details(self, request: Request) -> str:
        """Return the fields of a usage that each program has its own words for."""
        total = request.input + request.output + request.cache_read + request.write_5m + request.write_1h
        return f'"cacheWrite1h":{request.write_1h},"reasoning":{request.reasoning},"totalTokens":{total}'
