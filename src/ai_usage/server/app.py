"""Build the application: the endpoints behind the gate, and a database that is closed at the end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.routing import Router
from starlette.types import ASGIApp

from ai_usage.server.access import Access
from ai_usage.server.gate import Gate
from ai_usage.server.routes import Api
from ai_usage.server.settings import Settings
from ai_usage.server.storage.database import Database
from ai_usage.server.upkeep import bring_to_disk, compare_days, keep_days_current


def build_app(settings: Settings, database: Database) -> ASGIApp:
    """Build the application over an open database, which it closes when it ends."""
    access = Access(database)
    api = Api(settings, database, access)

    @contextlib.asynccontextmanager
    async def lifespan(_: Router) -> AsyncIterator[None]:
        background = [
            asyncio.create_task(each(access)) for each in (keep_days_current, compare_days, bring_to_disk)
        ]
        yield
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        access.close()
        database.close()

    return Gate(Router(api.routes(), redirect_slashes=False, lifespan=lifespan), settings)
