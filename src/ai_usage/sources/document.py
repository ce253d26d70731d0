"""A log that is one JSON document, rewritten whole when it changes, in bounded memory."""

import os
from io import FileIO

from ai_usage.sources.jsonl import CHUNK_BYTES, MAX_LINE_BYTES
from ai_usage.sources.long_line import Skeleton
from ai_usage.sources.parsed import Parsed


def read_document(file: FileIO, parsed: Parsed) -> bytes:
    """Return the text of a whole log, without the content of its long strings when it is large.

    What is too large even so costs this file only: it is counted, and nothing is returned.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    if size <= MAX_LINE_BYTES:
        text = file.readall()
        parsed.offset = len(text)
        return text
    skeleton = Skeleton(MAX_LINE_BYTES)
    parsed.offset = 0
    while chunk := file.read(CHUNK_BYTES):
        parsed.offset += len(chunk)
        skeleton.feed(chunk)
    if skeleton.overflowed:
        parsed.reject("document too long", 0)
        return b""
    return bytes(skeleton.kept)
