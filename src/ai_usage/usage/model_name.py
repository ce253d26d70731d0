"""A model's name as logged: its possible ids in price lists, and its display name."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

# Patterns are texts: `re` compiles and keeps one when it is first used, and most commands use none.
_HOST: Final = (
    r"(?:(?:us-gov|us|eu|apac|jp|au|ca|global)\.)?"
    r"(?:anthropic|amazon|google|openai|meta|mistral|moonshotai|moonshot|deepseek|minimax|qwen|xai|zai)\.(?=.)"
)
"""Bedrock's prefix of a model: a region and a maker."""

_STEPS: Final = (
    (r"\[1m\]\Z", ""),  # Claude Code marks the long context window
    (r"-v\d+:\d+\Z|(?<=\d)-v1\Z", ""),  # a revision at Bedrock
    (r"@(?:\d{8}|default|latest)\Z", ""),  # a version at Vertex AI
    (r"-20\d{6}\Z|-20\d\d-\d\d-\d\d\Z", ""),  # a release date
    # Reasoning effort. A `-codex-max` is a model of its own, like `-mini`.
    (r"-(?:none|minimal|low|medium|high|xhigh|(?<!-codex-)max|ultra|thinking)\Z", ""),
    (r"(?<=[a-z]\d)p(?=\d)", "."),  # kimi-k2p5
    (r"\A(claude-.*\d)\.(?=\d)", r"\1-"),  # claude-sonnet-4.6
    (r"\Aclaude-(\d+(?:-\d{1,2})?)-(opus|sonnet|haiku)(?=-|\Z)", r"claude-\2-\1"),  # claude-4-sonnet
)
"""Parts to remove from a name or to rewrite, in this order; each step applies only to an exact match."""


def candidates(model: str) -> Iterator[str]:
    """Yield the ids under which a price list may have a model: as logged, then shorter and shorter forms.

    Every candidate must match a list exactly; without a match the model has no price.

    Args:
        model: the name as logged, with or without a provider in front.
    """
    name = model.strip().lower()
    seen = {name}
    if name:
        yield name
    for shorter in _shorten(name):
        if shorter and shorter not in seen:
            seen.add(shorter)
            yield shorter


def _shorten(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.split("/", 1)[1]
        yield name
    name, before = re.sub(rf"\A{_HOST}", "", name), ""
    yield name
    while name != before:
        before = name
        for pattern, replacement in _STEPS:
            name = re.sub(pattern, replacement, name, count=1)
            yield name


def without_provider(model: str) -> str:
    """Remove the provider from a name as logged: `openrouter/anthropic/claude-opus-4-6` is `claude-opus-4-6`."""
    name = model.strip().rsplit("/", 1)[-1]
    match = re.match(_HOST, name.lower())
    return (name[match.end() :] if match else name) or model


_WORDS: Final = {
    "ai": "AI", "api": "API", "chatgpt": "ChatGPT", "codex": "Codex", "deepseek": "DeepSeek", "for": "for",
    "glm": "GLM", "gpt": "GPT", "highspeed": "HighSpeed", "it": "IT", "longcat": "LongCat", "mimo": "MiMo",
    "minimax": "MiniMax", "oss": "OSS", "qvq": "QVQ", "qwq": "QwQ", "swe": "SWE", "xhigh": "XHigh",
}  # fmt: skip
_HYPHENATED: Final = ("GPT", "GLM", "SWE")
"""Names whose makers write the version after a hyphen: GPT-5.6, GLM-5."""

_PLAIN: Final = r"[A-Za-z0-9][A-Za-z0-9._:-]*\Z"
_LONG_CONTEXT = "[1m]"
_UNSAID: Final = r"-v\d+:\d+\Z|(?<=\d)-v1\Z|@(?:\d{8}|default|latest)\Z|-20\d{6}\Z|-20\d\d-\d\d-\d\d\Z"
"""Revisions and release dates, which display names leave out."""

_KIMI: Final = r"k\d(?:[.p]\d+)?(?=-|\Z)"
_SHORT_NUMBER: Final = r"\d{1,2}\Z"
_AS_IT_IS: Final = r"o\d\Z|\d[\d.]*o\Z"  # o3, 4o
_CAPITALS: Final = r"[a-z]\d[\d.]*[a-z]?\Z|\d[\d.]*[bkmv]\Z"  # k2.6, a22b, v3.2, 120b, 4.6v


@lru_cache(maxsize=1024)
def display_name(model: str) -> str:
    """Derive a model's display name from its id, so that new models read well too.

    A name that does not look like an id (blanks, angle brackets) is shown as it is.
    """
    name = without_provider(model)
    suffix = " 1M" if name.endswith(_LONG_CONTEXT) else ""
    name, before = name.removesuffix(_LONG_CONTEXT), ""
    while name != before:
        before, name = name, re.sub(_UNSAID, "", name)
    if name == "unknown" or not re.match(_PLAIN, name):
        return model
    words = _respelled(name)
    if words[0] == "claude" and len(words) > 1:
        words = _claude_words(words)
    return _join(_join_numbers(words)) + suffix


def _respelled(name: str) -> list[str]:
    """Split an id into words; Kimi's short ids get their name, and `k2p5` its point."""
    if re.match(_KIMI, name):
        name = f"kimi-{name}"
    words = [word for part in name.split("-") for word in part.split("_") if word]
    return [word.replace("p", ".") if re.fullmatch(_KIMI, word) else word for word in words]


def _claude_words(words: list[str]) -> list[str]:
    """Put the family in front of its version and leave the maker's name out: `Sonnet 3.5`, `Opus 4.6`."""
    rest = words[1:]
    family = next((index for index, word in enumerate(rest) if word.isalpha()), None)
    if family is None:
        return words
    rest.insert(0, rest.pop(family))
    if len(rest) > 2 and rest[2] == "0":
        del rest[2]
    return rest


def _join_numbers(words: list[str]) -> list[str]:
    """Write a version that the id spells with a hyphen, `4-6`, as a number: 4.6."""
    joined: list[str] = []
    for word in words:
        if joined and re.match(_SHORT_NUMBER, word) and re.match(_SHORT_NUMBER, joined[-1]):
            joined[-1] += f".{word}"
        else:
            joined.append(word)
    return joined


def _join(words: list[str]) -> str:
    text = _capitalised(words[0])
    for word in words[1:]:
        hyphen = text in _HYPHENATED and (word[0].isdigit() or word == "oss")
        text += ("-" if hyphen else " ") + _capitalised(word)
    return text


def _capitalised(word: str) -> str:
    known = _WORDS.get(word.lower())
    if known is not None:
        return known
    if re.match(_AS_IT_IS, word) or word != word.lower():
        return word
    return word.upper() if re.match(_CAPITALS, word) else word[0].upper() + word[1:]
