"""Ask for a server's health like a client."""

import http.client
from typing import Final

import msgspec

from ai_usage.errors import UpdateError
from ai_usage.wire.messages import Health

_ANSWER_S: Final = 30.0


def ask_health(host: str, port: int) -> Health:
    """Ask the server that listens there.

    Raises:
        UpdateError: it does not answer, or its answer is not a server's.
    """
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/v1/health")
        health = msgspec.json.decode(connection.getresponse().read(), type=Health)
    except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
        raise UpdateError(f"the server does not answer health: {error}") from error
    finally:
        connection.close()
    if not health.ok:
        raise UpdateError("the server says that it is not healthy; its log says why")
    return health
