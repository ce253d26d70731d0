"""Work for a client ends when the client leaves."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

_Answer = TypeVar("_Answer")


async def while_connected(request: Request, work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Do what a request asks for, and cancel it when its client leaves.

    Args:
        request: its body was read already, or has none.
        work: what to do.

    Raises:
        ClientDisconnect: the client has left.
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
