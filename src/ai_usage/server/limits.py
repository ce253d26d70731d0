"""Read a request's body within limits on its size, packed and unpacked."""

import sys
import zlib
from collections.abc import AsyncIterator
from typing import Final, Protocol

from ai_usage.server.framing import is_countable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ENCODINGS: Final = ("gzip", "zstd")
_ZSTD_WINDOW_LOG: Final = 23
"""8 MiB: the most memory that a hostile frame can make the decoder allocate."""


class TooLarge(Exception):
    """A body is too large, packed or unpacked."""


class UnknownEncoding(Exception):
    """A body is packed in a way that the server does not unpack."""


class Malformed(Exception):
    """A packed body cannot be unpacked."""


class _Unpacker(Protocol):
    def unpack(self, chunk: bytes, most: int) -> bytes:
        """Unpack the next chunk to at most `most` bytes, which is never 0."""

    def finished(self) -> bool:
        """Tell whether the packed data is complete."""


async def read_body(
    chunks: AsyncIterator[bytes], encoding: str | None, declared: str | None, most: int
) -> bytes:
    """Read a body, unpacking it as it arrives, and stop as soon as it is too large.

    Args:
        chunks: the body as it arrives.
        encoding: the `Content-Encoding` header.
        declared: the `Content-Length` header.
        most: the limit in bytes, for the packed and the unpacked body.

    Raises:
        TooLarge: it is over the limit.
        UnknownEncoding: it is neither plain nor packed with gzip or zstd.
        Malformed: it cannot be unpacked.
    """
    if declared is not None and not (is_countable(declared.strip()) and int(declared) <= most):
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
