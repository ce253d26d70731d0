"""The service tier that a session asked for, by family of providers."""

from typing import Any

from ai_usage.sources.pi_format.lines import Answer


def read_tiers(told: dict[str, Any] | str | None) -> dict[str, str]:
    """Read the service tier of each family of providers; older sessions have one word for all."""
    match told:
        case dict():
            return {family: tier for family, tier in told.items() if isinstance(tier, str)}
        case "priority":
            return dict.fromkeys(("openai", "anthropic", "google"), told)
        case "openai-only":
            return {"openai": "priority"}
        case "claude-only":
            return {"anthropic": "priority"}
        case str():
            return {"openai": told}
        case None:
            return {}


def tier_of(answer: Answer, tiers: dict[str, str] | None) -> str | None:
    """The tier that an answer was asked for with; None when the session has not said."""
    family = _family(answer)
    if tiers is None or (family is None and "priority" in tiers.values()):
        return None
    return tiers.get(family or "", "standard")


def _family(answer: Answer) -> str | None:
    """The family whose service tier a request took; empty where no tier is served, None where that is unknown."""
    provider = answer.provider or ""
    if provider == "openrouter":
        maker = (answer.model or "").lower().partition("/")[0]
        return maker if maker in ("openai", "anthropic", "google") else ""
    if provider in ("openai", "openai-codex"):
        return "openai"
    if provider == "anthropic":
        return "anthropic"
    if answer.api == "anthropic-messages":
        return ""  # Bedrock and Vertex drop the wish
    return "google" if provider in ("google", "google-vertex") else None
