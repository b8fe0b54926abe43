"""Who is told of mandates in the pilot: the Berichtenbox, the post, and a follower of the register, as one stub."""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pilot.faults import read_body
from pilot.world import World
from stelsel.failures import BadIdentifier
from stelsel.identifiers import Bsn

MESSAGES: Final = "/berichten"
LETTERS: Final = "/brieven"
EVENTS: Final = "/gebeurtenissen"
_MOST: Final = 500


class Postvak:
    """Keeps what it was sent; who sends twice is told that it is there already (CE-01)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.told: dict[str, list[dict[str, Any]]] = {MESSAGES: [], LETTERS: [], EVENTS: []}

    def build(self) -> Starlette:
        """The stub as an application; over mutual TLS like every back channel."""
        return Starlette(routes=[Route(path, self.take, methods=["POST"]) for path in self.told])

    async def take(self, request: Request) -> Response:
        """One message, letter or event."""
        raw = await request.body()
        body, kept = read_body(raw), self.told[request.url.path]
        if not body.get("id"):
            return JSONResponse({"title": "no id"}, 400)
        if all(each["id"] != body["id"] for each in kept):
            kept.append(json.loads(raw))
            del kept[:-_MOST]
        return Response(status_code=204)

    def show(self) -> Mapping[str, Any]:
        """What came, the newest last; people by the names of the world."""
        return {
            "events": self.told[EVENTS],
            "messages": [self._addressed(each) for each in self.told[MESSAGES]],
            "letters": [self._addressed(each) for each in self.told[LETTERS]],
        }

    def _addressed(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": one["id"], "to": self._name(one), "text": one["tekst"]}

    def _name(self, one: Mapping[str, Any]) -> str:
        try:
            found = self._world.find_party(Bsn(str(one["aan"]["burgerservicenummer"])))
        except (BadIdentifier, KeyError, TypeError):
            return ""
        return found.name if found is not None else ""
