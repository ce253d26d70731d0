"""The exception that ends a thread between two steps, never inside a write."""


class Leaving(BaseException):
    """Raised inside a thread of the monitor to end it; unfinished writes are rolled back."""
