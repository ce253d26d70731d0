"""Leaving: how threads learn that they shall end, between two steps and never inside a write."""


class Leaving(BaseException):
    """Raised inside a thread of the monitor when it shall end; what it was writing is rolled back."""
