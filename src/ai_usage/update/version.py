"""Versions of releases, as far as an update needs them."""

import re
from typing import Final, NamedTuple, Self

_STABLE: Final = re.compile(r"v?(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})", re.ASCII)


class Version(NamedTuple):
    """A finished version of semantic versioning; pre-releases have none, so they never compare as newer."""

    major: int
    minor: int
    patch: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read `4.0.1` or a tag like `v4.0.1`; anything else, a pre-release included, is None."""
        found = _STABLE.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"
