"""Error answers of the server: a status and a short plain text."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import PlainTextResponse, Response


class Refused(Exception):
    """A request that is answered with an error; the text is the specification's, never a database message."""

    def __init__(
        self, status: int, text: str = "", headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text
        self.headers = headers

    def response(self) -> Response:
        """Build the answer; an empty text gives an empty body."""
        return PlainTextResponse(self.text, self.status, dict(self.headers))


def later(status: int, text: str, seconds: int) -> Refused:
    """Refuse a request temporarily, with the seconds after which to try again."""
    return Refused(status, text, {"retry-after": str(seconds)})
