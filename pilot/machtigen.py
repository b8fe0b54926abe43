"""The register of voluntary mandates in the pilot: the real service, filled from a world, with the world's faults."""

import json
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pilot.cast import Machtiging as Row
from pilot.faults import CallLog, faulty, names_of, outcome_of
from pilot.world import World
from registers.machtigingen.answer import PATH, BadQuestion, read_question
from registers.machtigingen.machtiging import Machtiging, Side, Status
from runtime.settings import Clock
from stelsel.identifiers import Subject

SOURCE: Final = "machtigingen"
# A mandate's id is a UUID; the rows of a world have theirs in the order of the file.
_ID: Final = "00000000-0000-4000-8000-{:012d}"


def mandates_of(world: World) -> list[Machtiging]:
    """The mandates of a world as the register keeps them. Nobody knows the code of a request in it."""
    return [_mandate(number, row, world) for number, row in enumerate(world.machtigingen, 1)]


def _mandate(number: int, row: Row, world: World) -> Machtiging:
    return Machtiging(
        id=_ID.format(number),
        giver=world.subject(row.giver),
        receiver=world.subject(row.receiver),
        services=frozenset({world.service(row.service).uuid}),
        first=row.valid_from,
        last=row.valid_until,
        status=Status.INGETROKKEN if row.withdrawn else Status(row.state),
        asked_by=Side.GIVER,
        asked_at=world.at,
        activated_at=world.at if row.state == Status.ACTIEF else None,
        ended_at=row.withdrawn,
        ended_by=Side.GIVER if row.withdrawn else None,
        loa=row.loa,
    )


class WithFaults:
    """The service's door as the world wants it to be: in order, or with a fault. Every question stands in the log."""

    def __init__(self, app: ASGIApp, world: World, clock: Clock, calls: CallLog) -> None:
        self._app = app
        self._world = world
        self._clock = clock
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a question, and passes anything else on."""
        if scope["type"] != "http" or not scope["path"].endswith(PATH):
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        answer = await _answered(self._app, scope, body)
        at = self._clock()
        fault = self._world.fault(SOURCE, at)
        self._note(body, at, outcome_of(fault, answer))
        await faulty(fault, answer)(scope, receive, send)

    def _note(self, body: bytes, at: datetime, outcome: str) -> None:
        self._calls.note(SOURCE, at, names_of(self._world, _asked(body)), outcome)


def _asked(body: bytes) -> list[Subject | None]:
    try:
        receiver, giver = read_question(json.loads(body))
    except (ValueError, BadQuestion):
        return []
    return [each for each in (receiver, giver) if each is not None]


async def _answered(app: ASGIApp, scope: Scope, body: bytes) -> Response:
    """What the application answers, whole."""
    parts: list[bytes] = []
    status = 500

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = int(str(message["status"]))
        elif message["type"] == "http.response.body":
            part = message.get("body", b"")
            parts.append(part if isinstance(part, bytes) else b"")

    await app(scope, receive, send)
    return JSONResponse(json.loads(b"".join(parts)), status)
