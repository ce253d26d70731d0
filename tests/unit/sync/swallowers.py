"""Proxies that answer for the server after some uploads, each in its own way."""

import gzip
import itertools
from collections.abc import Callable

from tests.unit.sync.masks import Answer, Handler, pass_on

SWALLOWED: dict[str, Callable[[int], bytes]] = {
    "nothing-accepted": lambda _: b'{"accepted":0,"ignored":0,"max_seq":0}',
    "wrong-numbers": lambda count: b'{"accepted":%d,"ignored":1,"max_seq":9}' % count,
    "right-numbers": lambda count: b'{"accepted":%d,"ignored":0,"max_seq":1}' % count,
    "all-ignored": lambda count: b'{"accepted":0,"ignored":%d,"max_seq":1}' % count,
    "empty-object": lambda _: b"{}",
    "page": lambda _: b"<html>Sign in</html>",
}
"""What a proxy answers to a batch that it swallows."""


def swallowing(upstream: Callable[[], str], how: str, honest: int) -> Answer:
    """Pass everything on but uploads after the first few."""
    uploads = itertools.count()

    def answer(handler: Handler) -> None:
        if handler.path == "/v1/upload" and next(uploads) >= honest:
            handler.say(200, SWALLOWED[how](len(gunzipped(handler).splitlines())))
        else:
            handler.say(*pass_on(handler, upstream()))

    return answer


def gunzipped(handler: Handler) -> bytes:
    """Return a request's body as it was before it was packed."""
    packed = handler.headers.get("content-encoding") == "gzip"
    return gzip.decompress(handler.body) if packed else handler.body
