"""Reading a session, packed or not."""

import sys
from io import FileIO

import msgspec

from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries
from ai_usage.sources.jsonl import Limits, Readable
from ai_usage.sources.parsed import Parsed
from ai_usage.sources.pi_format.lines import ENTRIES
from ai_usage.sources.pi_format.session import Session, State


def read_session(kind: type[Session], file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read what every request of a session used; every branch of the tree was billed."""
    parsed = Parsed(offset=offset)
    kept = msgspec.msgpack.decode(state, type=State) if state else State()
    _read(kind(log, kept), file, parsed, Limits())
    parsed.state = msgspec.msgpack.encode(kept)
    return parsed


def read_packed(kind: type[Session], file: FileIO, log: LogFile) -> Parsed:
    """Read all of a session that was packed with gzip."""
    from ai_usage.sources.pi_format.packed import Unpacked

    parsed = Parsed()
    plain = Unpacked(file)
    _read(kind(log, State()), plain, parsed, Limits(slice=sys.maxsize))
    if plain.damaged:
        parsed.reject("damaged compression", parsed.offset)
    parsed.offset = log.size
    return parsed


def _read(session: Session, file: Readable, parsed: Parsed, limits: Limits) -> None:
    kept = session.state
    entries = Entries(file, ENTRIES, parsed, limits)
    for entry in entries:
        if entries.unterminated:
            session.forget_from_here()
        session.take(entry)
    kept.equal = session.equal.state()
    parsed.records = list(session.records.values())
    parsed.former = session.former
