"""A session packed with gzip, read as if it were not; loaded only where there is one."""

import gzip
import zlib
from io import FileIO


class Unpacked:
    """The bytes of a packed session; where it is damaged it ends, and `damaged` is set."""

    def __init__(self, file: FileIO) -> None:
        self.damaged = False
        self._plain = gzip.GzipFile(fileobj=file, mode="rb")

    def seek(self, offset: int, /) -> int:
        """Go to an offset of the plain bytes; backwards, all is unpacked again."""
        return self._plain.seek(offset)

    def read(self, size: int, /) -> bytes:
        """Read at most so many plain bytes; none at the end."""
        try:
            return self._plain.read1(size)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            self.damaged = True
            return b""

    def readinto(self, buffer: memoryview, /) -> int:
        """Read plain bytes into a buffer; returns how many, 0 at the end."""
        try:
            return self._plain.readinto1(buffer)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            self.damaged = True
            return 0
