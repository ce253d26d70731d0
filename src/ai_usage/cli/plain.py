"""Parse the simplest command lines, a report and some flags, without loading click.

Loading click takes longer than everything else before the logs are read (docs/adr/0010-plain-words.md).
All other command lines, above all wrong ones, are left to click.
"""

from collections.abc import Sequence
from typing import Final

from ai_usage.cli.asked import NOTHING_ASKED, Asked
from ai_usage.report.document import KEY_COLUMNS

_FLAGS: Final = {
    "--all": "everything",
    "--json": "as_json",
    "--csv": "as_csv",
    "--offline": "offline",
    "--no-ingest": "no_ingest",
}


def plain_report(words: Sequence[str]) -> tuple[str, Asked] | None:
    """Read a report's name with flags and `--days N` around it; None for any other command line.

    Raises:
        UsageError: options that exclude one another.
    """
    name: str | None = None
    said: dict[str, bool | int] = {}
    rest = iter(words)
    for word in rest:
        if word in _FLAGS:
            said[_FLAGS[word]] = True
        elif word in KEY_COLUMNS and name is None:
            name = word
        elif word == "--days" and _is_plain(number := next(rest, "")):
            said["days"] = int(number)
        else:
            return None
    return None if name is None else (name, NOTHING_ASKED.plus(Asked(**said)))  # type: ignore[arg-type]


def _is_plain(number: str) -> bool:
    """Tell whether a number has at most nine plain digits; Python refuses to convert thousands of them."""
    return len(number) < 10 and number.isascii() and number.isdecimal()
