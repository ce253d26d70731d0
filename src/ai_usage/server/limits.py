"""How much a request may carry and how long it may take."""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator
from typing import Any, Final, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ENCODINGS: Final = ("gzip", "zstd")
_ZSTD_WINDOW_LOG: Final = 23
"""8 MiB: what a hostile frame can make the decoder set aside."""


class TooLarge(Exception):
    """A body is larger than it may be, as it came or decoded."""


class UnknownEncoding(Exception):
    """A body is packed in a way that the server does not unpack."""


class Malformed(Exception):
    """A packed body cannot be unpacked."""


class _Unpacker(Protocol):
    def unpack(self, chunk: bytes, most: int) -> bytes:
        """Unpack the next chunk to at most `most` bytes, which is never 0."""

    def finished(self) -> bool:
        """Say whether the packed data has come to its end."""


async def read_body(
    chunks: AsyncIterator[bytes], encoding: str | None, declared: str | None, most: int
) -> bytes:
    """Read a body, unpacking it as it comes, and stop as soon as it is too large.

    Args:
        chunks: the body as it arrives.
        encoding: the `Content-Encoding` header.
        declared: the `Content-Length` header.
        most: the limit in bytes, for the body as it comes and unpacked.

    Raises:
        TooLarge: it is over the limit.
        UnknownEncoding: it is neither plain nor packed with gzip or zstd.
        Malformed: it cannot be unpacked.
    """
    if declared is not None and declared.isdecimal() and int(declared) > most:
        raise TooLarge
    unpacker = _unpacker(encoding)
    received, body = 0, bytearray()
    async for chunk in chunks:
        received += len(chunk)
        if received > most:
            raise TooLarge
        if not chunk:
            continue
        if unpacker is None:
            body += chunk
        else:
            body += unpacker.unpack(chunk, most + 1 - len(body))
            if len(body) > most:
                raise TooLarge
    if unpacker is not None and received and not unpacker.finished():
        raise Malformed
    return bytes(body)


def _unpacker(encoding: str | None) -> _Unpacker | None:
    match (encoding or "identity").strip().lower():
        case "identity" | "":
            return None
        case "gzip" | "x-gzip":
            return _Gzip()
        case "zstd":
            return _Zstd()
        case _:
            raise UnknownEncoding


class _Gzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    def unpack(self, chunk: bytes, most: int) -> bytes:
        try:
            unpacked = self._inflate.decompress(chunk, most)
        except zlib.error as error:
            raise Malformed from error
        if self._inflate.unused_data:
            raise Malformed
        return unpacked

    def finished(self) -> bool:
        return self._inflate.eof


class _Zstd:
    def __init__(self) -> None:
        self._decompressor = zstd.ZstdDecompressor(
            options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        )

    def unpack(self, chunk: bytes, most: int) -> bytes:
        try:
            unpacked = self._decompressor.decompress(chunk, most)
        except (zstd.ZstdError, EOFError) as error:
            raise Malformed from error
        if self._decompressor.unused_data:
            raise Malformed
        return unpacked

    def finished(self) -> bool:
        return self._decompressor.eof


class BoundedProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with an end to everything that a peer can draw out."""

    head_timeout_s: float = 10.0
    """For the request line and the headers, from the first byte; also for a connection that says nothing."""
    body_timeout_s: float = 60.0
    """For the whole body."""
    linger_s: float = 2.0
    """For the rest of a body that is answered before it was read: a peer that still sends can read the answer."""
    drain_timeout_s: float = 60.0
    """For a peer that does not take its answer."""
    head_bytes: int = 65_536

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading: asyncio.TimerHandle | None = None
        self._draining: asyncio.TimerHandle | None = None
        self._in_head = True
        self._in_body = False
        self._head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start the clock of the first request."""
        super().connection_made(transport)
        self._allow(self.head_timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        for timer in (self._reading, self._draining):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Start the clock with the first byte of a request, and bound its head."""
        if self._in_head:
            if self._reading is None:
                self._allow(self.head_timeout_s)
            if self._head_size > self.head_bytes:
                self._cut_off()
                return
            self._head_size += len(data)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Go over to the clock of the body."""
        self._in_head, self._in_body = False, True
        self._allow(self.body_timeout_s)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop the clock: the rest is the server's time."""
        self._in_head, self._in_body = True, False
        self._head_size = 0
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Do not wait long for a body that nobody reads."""
        super().on_response_complete()
        if self._in_body:
            self._allow(self.linger_s)

    def pause_writing(self) -> None:
        """Start the clock of a peer that does not take its answer."""
        super().pause_writing()
        self._draining = self.loop.call_later(self.drain_timeout_s, self._cut_off)

    def resume_writing(self) -> None:
        """Stop the clock: the peer has taken most of the answer."""
        super().resume_writing()
        if self._draining is not None:
            self._draining.cancel()
            self._draining = None

    def _allow(self, seconds: float) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self.loop.call_later(seconds, self._cut_off)

    def _cut_off(self) -> None:
        if self.transport is not None:
            self.transport.abort()
