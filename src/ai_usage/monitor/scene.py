"""A scene: everything that the screen shows at one moment, as one value."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from ai_usage.monitor.events import Event, Figures, Intake, Snapshot, SyncState, Told
from ai_usage.monitor.layout import Content
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.picture import Picture
from ai_usage.monitor.words import Facts
from ai_usage.sources.base import Source

MOST_SAID: Final = 20


class Scene(NamedTuple):
    """The look, and the latest event of each kind from the threads."""

    look: Look
    palette: Palette
    snapshot: Snapshot | None = None
    picture: Picture | None = None
    """The picture of the snapshot and the look; None until the next drawing."""
    intake: Intake = Intake()
    sync: SyncState = SyncState()
    figures: Figures = Figures()
    told: Told | None = None
    """The latest message, while it is shown."""
    said: tuple[Told, ...] = ()
    """The latest messages, at most `MOST_SAID`."""

    def taking(self, event: Event) -> "Scene":
        """Return the scene after an event."""
        match event:
            case Snapshot():
                return self._replace(snapshot=event, picture=None)
            case Intake():
                return self._replace(intake=event)
            case Figures():
                return self._replace(figures=event)
            case SyncState():
                return self._replace(sync=event)
            case Told():
                return self._replace(told=event, said=(*self.said, event)[-MOST_SAID:])

    @property
    def waiting(self) -> bool:
        """Whether the requested window is still being read."""
        return self.snapshot is None or self.snapshot.span != self.look.span

    @property
    def content(self) -> Content:
        """The amount of content."""
        if self.picture is None:
            return Content()
        picture = self.picture
        rows = picture.overview.report.rows
        return Content(
            rows=len(rows),
            days=len(picture.days),
            hosts=len(picture.hosts),
            projects=len(picture.projects),
            agents=len(picture.agents),
        )

    def facts(self, sources: Sequence[Source], today: date) -> Facts:
        """Return the names that commands may use; agents used in this window are in the order of the sources."""
        known = [source.name for source in sources]
        if self.snapshot is None:
            return Facts(today, agents=known)
        usage, name = self.snapshot.usage, self.snapshot.catalog.display_name
        cells = usage.cells[len(usage.hosts) == 1]
        used = {cell.vendor for cell in cells}
        return Facts(
            today,
            [vendor for vendor in known if vendor in used] + sorted(used.difference(known)),
            usage.hosts,
            sorted({name(cell.model) for cell in cells}),
            sorted({cell.project for cell in cells if cell.project}),
            agents=known,
        )
