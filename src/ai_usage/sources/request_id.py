"""Whether the id of an answer identifies one request, or a server gave it to several."""

import re
from typing import Final

SHORTEST_BYTES: Final = 6
_FEW_DIGITS: Final = 11
"""A number of so few digits is a counter, or a time in seconds that two requests can share."""
_RANDOM_CHARACTERS: Final = 8
"""So many characters of random parts are enough."""
_LONG_PART: Final = 12
_FEW_RUNS: Final = 3
"""Names of models look like this: `gpt4turbo`."""

# Patterns are texts: `re` compiles and keeps one when it is first used, and most logs need none.
_CLEARLY_RANDOM: Final = rf"(?<![A-Za-z0-9])(?=[A-Za-z0-9]{{{_LONG_PART}}})[A-Za-z]*[0-9]+[A-Za-z]"
_PART: Final = r"[A-Za-z0-9]+"
_RUN: Final = r"[a-z]+|[A-Z]+|[0-9]+"
_NAME: Final = r"(?:[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})*|[A-Z]+|[a-z])?[0-9]*"
"""A word, also in camel case, a number, or a word and a number."""
_HEX: Final = r"(?i)(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{8,}"
"""Letters and digits; neither `decade` nor `20240229`."""
_CONSTANT_WORD: Final = (
    r"(?i)msg|message|chat|chatcmpl|cmpl|completion|resp|response|req|request|gen|id|assistant|proxy|local|server"
    r"|fake|dummy|mock|stub|placeholder|constant|static|default|unknown|undefined|none|null|empty|missing|te?mp|test"
)


def identifies_request(answer_id: str, shortest: int = SHORTEST_BYTES) -> bool:
    """Tell whether an id belongs to one request only, wherever it is found.

    Ids that providers make up are random, or hold a time in milliseconds. Local servers and proxies count up from a
    small number (`chatcmpl-14`, `scripted-1`) and begin again when they start; others write one constant
    (`msg_placeholder`), or the second (`chatcmpl-1764590000`). Length alone does not tell.

    Args:
        answer_id: as the log has it.
        shortest: how many bytes it has at least.
    """
    if len(answer_id) < shortest and len(answer_id.encode("utf-8", "replace")) < shortest:
        return False
    if re.search(_CLEARLY_RANDOM, answer_id) is not None:
        return True
    parts: list[str] = re.findall(_PART, answer_id)
    if sum(map(len, filter(_is_random, parts))) >= _RANDOM_CHARACTERS:
        return True
    numbers = "".join(filter(str.isdigit, parts))
    if not numbers and len(parts) == 1:
        numbers = parts[0].lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")  # `msg12`
    if numbers:
        return len(numbers) > _FEW_DIGITS and numbers.strip("0") != ""
    return any(re.fullmatch(_CONSTANT_WORD, part) is None for part in parts)


def _is_random(part: str) -> bool:
    """Whether a part of an id is not a word, a number, or a name of words and numbers."""
    if re.fullmatch(_HEX, part) is not None:
        return True
    if re.fullmatch(_NAME, part) is not None:
        return False
    return len(part) >= _LONG_PART or len(re.findall(_RUN, part)) > _FEW_RUNS
