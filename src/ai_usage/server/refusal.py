"""What the server answers instead of an answer: a status and a short plain text."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import PlainTextResponse, Response


class Refused(Exception):
    """A request that is answered with an error; the text is the contract's and never a database's words."""

    def __init__(
        self, status: int, text: str = "", headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text
        self.headers = headers

    def response(self) -> Response:
        """Turn the refusal into its answer; an empty text is an empty body."""
        return PlainTextResponse(self.text, self.status, dict(self.headers))


def later(status: int, text: str, seconds: int) -> Refused:
    """Refuse for now, with the time after which to try again."""
    return Refused(status, text, {"retry-after": str(seconds)})
