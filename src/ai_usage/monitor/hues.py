"""Which colour a series has: the same one as long as the monitor runs, whatever its place among the others."""

from collections.abc import Sequence

from ai_usage.report.overview import MOST_SERIES


class Hues:
    """Remembers the colour that each name got first."""

    def __init__(self) -> None:
        self._hues: dict[str, int] = {}

    def of(self, series: Sequence[str]) -> list[int]:
        """Return a place in the theme's series for each name; no two names that stand together share one."""
        taken: set[int] = set()
        missing: list[str] = []
        for name in series:
            hue = self._hues.get(name)
            if hue is None or hue in taken:
                missing.append(name)
            else:
                taken.add(hue)
        free = [hue for hue in range(MOST_SERIES) if hue not in taken]
        self._hues.update(zip(missing, free, strict=False))
        return [self._hues[name] for name in series]
