"""Every error that is raised on purpose.

AiUsageError                    a failure, described to the person who must act
├── UsageError                  bad arguments or settings                             exit 2
├── LedgerError                 a file, database or disk cannot be used               exit 1
│   ├── LedgerDamaged           the file is damaged
│   ├── LedgerTooNew            the file was written by a newer program
│   ├── LedgerFull              the disk is full
│   ├── LedgerReadOnly          the ledger can be read but not written
│   ├── LedgerUnreadable        it exists, or may exist, and cannot be read
│   └── LedgerBusy              another process holds a lock
├── IntegrityError              two sides hold different records                      exit 3
├── ServerError                 the server cannot be reached or refuses               exit 4
└── UpdateError                 a release cannot be found, trusted or installed       exit 1

A bad line, file or record is not an error: it is a counted value (see `sources.base.Rejected`).
"""

from typing import Final


class AiUsageError(Exception):
    """A failure; the text says what failed, where, and what to do next."""

    exit_code = 1


class UsageError(AiUsageError):
    """Bad arguments or settings; the text names the argument and the valid values."""

    exit_code = 2


class LedgerError(AiUsageError):
    """A file, database or disk cannot be used."""


class LedgerDamaged(LedgerError):
    """The file is damaged."""


class LedgerTooNew(LedgerError):
    """The file was written by a newer program; nothing in it was touched."""


class LedgerFull(LedgerError):
    """The disk that the file lies on is full."""


class LedgerReadOnly(LedgerError):
    """The ledger, its folder or its disk cannot be written."""


class LedgerUnreadable(LedgerError):
    """The ledger or its folder cannot be read."""


class LedgerBusy(LedgerError):
    """Another process holds a lock for longer than this one waits."""


class LedgerReplaced(LedgerError):
    """The database file was replaced after it was opened, or another program writes it."""


class IntegrityError(AiUsageError):
    """Two sides that should hold the same records differ."""

    exit_code = 3


class ServerError(AiUsageError):
    """The server cannot be reached or refuses."""

    exit_code = 4


class UpdateError(AiUsageError):
    """A release cannot be found, trusted or installed."""


UNEXPECTED: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""Errors that a damaged value in a file can cause, far from the place where it is read."""
