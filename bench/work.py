"""How people work with agents: when sessions begin, how long they last, how many tokens a request takes."""

import math
import random
from collections.abc import Iterator

from bench.agent_logs import kimi
from bench.agent_logs.request import DAY_MS, Request

MODELS: dict[str, tuple[tuple[str, int], ...]] = {
    "claude": (("claude-opus-4-8", 5), ("claude-sonnet-4-6", 4), ("claude-haiku-4-5-20251001", 2)),
    "codex": (("gpt-5.5", 5), ("gpt-5.3-codex", 3), ("gpt-5.6-sol", 2)),
    "gemini": (("gemini-3-pro-preview", 2), ("gemini-2.5-flash", 1)),
    "kimi": ((kimi.CLI_MODEL, 1),),
    "kimi-code": ((kimi.CODE_MODEL, 1),),
    "omp": (("claude-sonnet-4-6", 2), ("claude-opus-4-8", 1)),
    "pi": (("claude-opus-4-8", 2), ("claude-sonnet-4-6", 1)),
}
PROJECTS = (
    "shop",
    "shop-api",
    "website",
    "billing",
    "notes",
    "compiler",
    "dotfiles",
    "thesis",
    "game",
    "infra",
    "blog",
    "maps",
)
CONTEXT_LIMIT = 170_000
"""Tokens at which a conversation is compacted."""
MIDNIGHT_MARGIN_MS = 120_000
"""No request is made this close to midnight UTC, so that no copy of it can fall on another day."""


def model_for(rng: random.Random, agent: str) -> str:
    """Draw a model of an agent by how often people use it."""
    names, weights = zip(*MODELS[agent], strict=True)
    return str(rng.choices(names, weights)[0])


def folder(rng: random.Random) -> str:
    """Draw a project's folder; a few are used much, most a little."""
    return f"/home/dev/{PROJECTS[int(len(PROJECTS) * rng.random() ** 2)]}"


def session_start(rng: random.Random, end_day: int, days: int) -> int:
    """Draw when a session begins: mostly on weekdays, mostly in working hours.

    Args:
        rng: seeded generator.
        end_day: the day after the last one, in days since 1970.
        days: how many days back sessions go.
    """
    while True:
        day = end_day - 1 - int(rng.random() * days)
        weekend = (day + 3) % 7 >= 5
        if day * 2654435761 % 10 == 0 or (weekend and rng.random() < 0.7):
            continue
        hour = rng.gauss(13.5, 3.6)
        if 0 < hour < 23.9:
            return day * DAY_MS + int(hour * 3_600_000)


def conversation(rng: random.Random, agent: str, start: int, pause_ms: float = 26_000) -> Iterator[Request]:
    """Yield the requests of one session without end: the context grows, is cached, and is compacted at times.

    Args:
        rng: seeded generator.
        agent: whose models and kinds of tokens.
        start: when the session begins, in milliseconds since 1970.
        pause_ms: mean time between two requests.
    """
    random_ = rng.random
    at, cached, model = start, 0, model_for(rng, agent)
    grows = 14_000
    while True:
        at += int(2_000 - pause_ms * math.log(1.0 - random_()))
        if at % DAY_MS > DAY_MS - MIDNIGHT_MARGIN_MS or at % DAY_MS < MIDNIGHT_MARGIN_MS:
            at += 2 * MIDNIGHT_MARGIN_MS
        output = int(30 + 420 * random_() / (1.02 - random_()))
        reasoning = int(output * 0.6 * random_()) if random_() < 0.5 else 0
        if random_() < 0.01:
            model = model_for(rng, agent)
        fresh, short, long = _split(agent, model, grows, random_())
        yield Request(
            at, model, fresh, cached, short, long, output, 0 if agent.startswith("kimi") else reasoning
        )
        cached += grows
        grows = int(300 + output + 5_000 * random_() ** 2)
        if cached > CONTEXT_LIMIT:
            cached, grows = 0, 24_000


def _split(agent: str, model: str, tokens: int, draw: float) -> tuple[int, int, int]:
    """Split the new part of a prompt into input, 5-minute and 1-hour cache writes, as the agent logs it."""
    if agent in ("claude", "omp", "pi"):
        fresh = 3 + int(draw * 9)
        return (fresh, tokens, 0) if draw < 0.7 else (fresh, tokens // 3, tokens - tokens // 3)
    if model == "gpt-5.6-sol" or agent == "kimi":
        return tokens // 4, tokens - tokens // 4, 0
    return tokens, 0, 0
