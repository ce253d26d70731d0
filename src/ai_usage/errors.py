"""Every error that is raised on purpose.

AiUsageError                    what the program cannot do, said to the person who must act
├── UsageError                  wrong words or settings                               exit 2
├── LedgerError                 a file, database or disk does not let us              exit 1
│   ├── LedgerDamaged           SQLite says that the file is not whole
│   ├── LedgerTooNew            the file was written by a newer program
│   ├── LedgerFull              the disk is full
│   ├── LedgerReadOnly          the ledger can be read but not written
│   ├── LedgerUnreadable        it is there, or may be, and cannot be looked at
│   └── LedgerBusy              another process holds what we need
├── IntegrityError              two sides that should agree do not                    exit 3
├── ServerError                 the server cannot be reached or refuses               exit 4
└── UpdateError                 a release cannot be found, trusted or installed       exit 1

A bad line, file or record is not an error: it is a counted value (see `sources.base.Rejected`).
"""

from typing import Final


class AiUsageError(Exception):
    """What the program cannot do; the text says what, where, and what to do next."""

    exit_code = 1


class UsageError(AiUsageError):
    """Wrong words or settings; the text names the word and what would be right."""

    exit_code = 2


class LedgerError(AiUsageError):
    """A file, database or disk does not let us."""


class LedgerDamaged(LedgerError):
    """SQLite says that the file is not a whole database."""


class LedgerTooNew(LedgerError):
    """The file was written by a newer program; nothing in it was touched."""


class LedgerFull(LedgerError):
    """The disk that the file lies on is full."""


class LedgerReadOnly(LedgerError):
    """The ledger, its folder or its disk cannot be written."""


class LedgerUnreadable(LedgerError):
    """The ledger or its folder cannot be looked at, so that nobody knows what is in it."""


class LedgerBusy(LedgerError):
    """Another process holds what we need for longer than we wait."""


class LedgerReplaced(LedgerError):
    """The file in the database's place is not the one that was opened, or another program writes it instead of us."""


class IntegrityError(AiUsageError):
    """Two sides that should agree do not."""

    exit_code = 3


class ServerError(AiUsageError):
    """The server cannot be reached or refuses."""

    exit_code = 4


class UpdateError(AiUsageError):
    """A release cannot be found, trusted or installed."""


UNEXPECTED: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What a value that no program wrote into a file can come out as, far from where it was read."""
