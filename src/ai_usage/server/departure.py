"""Cancel the work for a client that disconnects."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

_Answer = TypeVar("_Answer")


async def while_connected(request: Request, work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Run the work for a request, and cancel it when its client disconnects.

    Args:
        request: a request whose body was read, or that has none.
        work: the work.

    Raises:
        ClientDisconnect: the client has disconnected.
    """
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_departure(request))
    try:
        await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientDisconnect
        return doing.result()
    finally:
        doing.cancel()
        leaving.cancel()


async def _departure(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
