"""Aliases that price lists do not contain, and the models behind them, by date.

Subscriptions and agents offer models under aliases, and let an alias point to a newer model without a sign in the log.
Each entry gives a model and the first UTC day of it; the first entry also covers the days before. Sources, as seen in
November 2026: the makers' release notes (Kimi Code: "What's new"; Codex: the model catalogue that its command line
keeps), confirmed by other trackers. An alias is added here only if the model behind it is known.
"""

from typing import Final

Targets = tuple[tuple[str, str], ...]
"""(the first UTC day, the id in the price list), oldest first."""

ALIASES: Final[dict[str, Targets]] = {
    # Kimi Code's stable names.
    "kimi-for-coding": (
        ("2025-09-05", "kimi-k2-0905-preview"),
        ("2025-11-06", "kimi-k2-thinking"),
        ("2026-01-27", "kimi-k2.5"),
        ("2026-04-20", "kimi-k2.6"),
        ("2026-06-12", "kimi-k2.7-code"),
        ("2026-09-11", "kimi-k2.8-preview"),
    ),
    "kimi-for-coding-highspeed": (("2026-06-12", "kimi-k2.7-code-highspeed"),),
    "k3": (("2026-07-16", "kimi-k3"),),
    "k3-256k": (("2026-07-16", "kimi-k3"),),
    "k3-agent": (("2026-07-16", "kimi-k3"),),
    "k3-agent-swarm": (("2026-07-16", "kimi-k3"),),
    "k2d6-agent": (("2026-04-20", "kimi-k2.6"),),
    "k2.5": (("2026-01-27", "kimi-k2.5"), ("2026-07-17", "kimi-k2.7-code")),
    "k2.6": (("2026-04-20", "kimi-k2.6"), ("2026-07-17", "kimi-k2.7-code")),
    "k2.7": (("2026-06-12", "kimi-k2.7-code"),),
    "k2.7-code": (("2026-06-12", "kimi-k2.7-code"),),
    # The reviewer inside Codex.
    "codex-auto-review": (("2026-04-23", "gpt-5.4"), ("2026-07-30", "gpt-5.6-luna")),
    # Other spellings of Claude's earlier names.
    "claude-sonnet-3-7": (("2025-02-24", "claude-3-7-sonnet-20250219"),),
    "claude-sonnet-3-5": (("2024-06-20", "claude-3-5-sonnet-20240620"), ("2024-10-22", "claude-3-5-sonnet-20241022")),
    "claude-haiku-3-5": (("2024-11-04", "claude-3-5-haiku-20241022"),),
}  # fmt: skip
