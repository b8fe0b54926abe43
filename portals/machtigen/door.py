"""The door at which BVDs ask the register of voluntary mandates: JSON over mutual TLS."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from exchange.assembly import Assembly
from registers.machtigingen.answer import PATH, BadQuestion, read_question, write_answer
from registers.machtigingen.repository import Machtigingen
from runtime.web.problem import problem
from stelsel.failures import WrongParty
from stelsel.identifiers import EntityId

MAX_BYTES: Final = 4096


def register_route(assembly: Assembly, mandates: Machtigingen, askers: Collection[EntityId]) -> Route:
    """Answers a BVD whose TLS client certificate is known; anybody else is refused, and told in the log."""
    party = assembly.party

    async def bevragen(request: Request) -> Response:
        certificate: bytes | None = request.scope.get("state", {}).get("peer_certificate")
        try:
            callers = {each.entity_id for each in party.trust.by_certificate(certificate, party.clock())}
            if not callers & set(askers):
                raise WrongParty("this party may not ask", expected="a BVD of this register", found=_named(callers))
        except WrongParty as nobody:
            return problem(403, await assembly.report(nobody, {"door": PATH}))
        return await answer(request, mandates, party.clock())

    return Route(PATH, bevragen, methods=["POST"])


async def answer(request: Request, mandates: Machtigingen, at: datetime) -> Response:
    """What the register answers to whoever may ask. Raises `DatabaseUnavailable`."""
    try:
        receiver, giver = read_question(await _read_json(request))
    except BadQuestion as error:
        return problem(400, "", detail=str(error))
    found = await mandates.of_receiver(receiver, giver)
    return JSONResponse(write_answer(found, at), headers={"cache-control": "no-store"})


async def _read_json(request: Request) -> object:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise BadQuestion(f"the question is over {MAX_BYTES} bytes")
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise BadQuestion("the question is not JSON") from None
    return value


def _named(callers: Collection[EntityId]) -> str:
    return ", ".join(sorted(each.value for each in callers))
