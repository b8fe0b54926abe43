"""One port for many parties: passes each request to the party that its Host header names (CONTRACT)."""

from collections.abc import Mapping

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Hosts:
    """An application of applications, by host name without the port."""

    def __init__(self, parties: Mapping[str, ASGIApp]) -> None:
        self._parties = dict(parties)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 421 for a name that nobody here has (RFC 9110 15.5.20)."""
        if scope["type"] == "lifespan":
            await _no_lifespan(receive, send)
            return
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        party = self._parties.get(host.partition(":")[0].lower())
        await (party or PlainTextResponse("no party of this name\n", 421))(scope, receive, send)


async def _no_lifespan(receive: Receive, send: Send) -> None:
    """The network itself opens and closes its parties."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
