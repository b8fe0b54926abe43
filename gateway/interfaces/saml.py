"""The ST-SAML interface towards DVs: AuthnRequest in, artifact out, and the summary assertion when the DV asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from exchange.answering import SSO_PATH, back_door
from exchange.assembly import Assembly
from exchange.respond import Reply, write_failure
from exchange.sso import SsoDoor
from exchange.statuses import INTERNAL_ERROR, status_of
from gateway.interfaces.contract import Begin, InterfaceTools, LoginRequest
from gateway.interfaces.rules import RULES
from gateway.interfaces.summary import write_summary
from gateway.login import STORED, Answer, Login, SealedIdentity
from metadata.entities import Entity
from runtime.web.forms import read_form
from stelsel.failures import Failure
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.bindings import artifact_url
from stelsel.saml.response import Status

# Named by a DV for no service at all (RFC 9562 5.9): the catalogue has none of that name.
NO_SERVICE: Final = ServiceUuid("00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a DV's artifact stands for: a login that can be declared, or a failure that is told."""

    dv: EntityId
    requester: EntityId
    request_id: str
    reply: str
    service: ServiceUuid
    status: Status | None = None
    identity: SealedIdentity | None = None
    bvd_artifact: str | None = None
    bvd_request: str | None = None

    __pydantic_config__ = STORED


PENDING: Final = TypeAdapter(Pending)


class SamlInterface:
    """Keeps the contract `Interface`; `read` and `declare` are its own two doors."""

    name: Final = "saml"

    def __init__(self, tools: InterfaceTools) -> None:
        self._tools = tools
        self._door = SsoDoor(tools.party, tools.location, RULES)

    def front_routes(self, begin: Begin) -> list[Route]:
        """See `Interface.front_routes`. A failure here is told on a page of ours, never by a redirect."""

        async def sso(request: Request) -> HttpResponse:
            return RedirectResponse(await begin(await self.read(await read_form(request))), status_code=303)

        return [Route(SSO_PATH, sso, methods=["POST"])]

    def back_routes(self, assembly: Assembly) -> list[Route]:
        """See `Interface.back_routes`."""
        return [back_door(assembly, self._tools.artifacts, self.declare)]

    async def read(self, form: Mapping[str, str]) -> LoginRequest:
        """A DV's AuthnRequest in an HTTP-POST form. Raises a `MessageRefused` of some kind."""
        asked = await self._door.receive(form)
        request = asked.request
        return LoginRequest(
            interface=self.name,
            dv=request.intended_audience or request.issuer,
            requester=request.issuer,
            request_id=request.id,
            reply=asked.reply.location,
            relay_state=asked.relay_state,
            service=request.service or service_at(asked.issuer, request.attribute_index),
            force_authn=request.force_authn,
            idp_list=request.idp_list or None,
            requester_ids=request.requester_ids,
        )

    async def answer(self, login: Login, answer: Answer) -> str:
        """See `Interface.answer`. The BVD's artifact stays unresolved inside."""
        asked = login.outstanding.request_id if login.outstanding and answer.pending else None
        pending = _pending(login, identity=answer.identity, bvd_artifact=answer.pending, bvd_request=asked)
        return await self._send(login, pending)

    async def refuse(self, login: Login, failure: Failure) -> str:
        """See `Interface.refuse`."""
        return await self._send(login, _pending(login, status=status_of(failure)))

    async def declare(self, pending: str, requester: Entity) -> bytes:
        """The Response behind a DV's artifact, made now. The requester was checked by the back channel."""
        held = PENDING.validate_json(pending)
        if held.identity is None:
            return await self._failure(held, held.status or INTERNAL_ERROR)
        try:
            return await self._summary(held, held.identity)
        except Failure as failure:
            await self._tools.report(failure, {"dv": held.dv.value, "service": held.service.value})
            return await self._failure(held, status_of(failure))

    async def _send(self, login: Login, pending: Pending) -> str:
        artifact = await self._tools.artifacts.issue(login.requester, PENDING.dump_json(pending).decode())
        return artifact_url(login.reply, artifact, login.relay_state)

    async def _summary(self, held: Pending, identity: SealedIdentity) -> bytes:
        """The service must still be the DV's at this moment (DV-PRC-01), and the BVD must still declare."""
        party, now = self._tools.party, self._tools.party.clock()
        await self._tools.catalog.service(held.service, held.dv, now)
        mandate = None
        if held.bvd_artifact is not None and held.bvd_request is not None:
            mandate = await self._tools.mandates.declare(held.bvd_artifact, held.bvd_request, held.dv, held.service)
        return await party.offload(
            write_summary,
            Reply(party.entity_id, held.request_id, held.reply, party.clock()),
            held.dv,
            held.requester,
            held.service,
            identity,
            mandate,
            party.keys.signing(now),
        )

    async def _failure(self, held: Pending, status: Status) -> bytes:
        party = self._tools.party
        reply = Reply(party.entity_id, held.request_id, held.reply, party.clock())
        return await party.offload(write_failure, reply, status)


def _pending(
    login: Login,
    status: Status | None = None,
    identity: SealedIdentity | None = None,
    bvd_artifact: str | None = None,
    bvd_request: str | None = None,
) -> Pending:
    return Pending(
        dv=login.dv,
        requester=login.requester,
        request_id=login.request_id,
        reply=login.reply,
        service=login.service,
        status=status,
        identity=identity,
        bvd_artifact=bvd_artifact,
        bvd_request=bvd_request,
    )


def service_at(issuer: Entity, index: int | None) -> ServiceUuid:
    """The service at an AttributeConsumingService of the issuer's metadata (DV-REQ-07).

    NO_SERVICE where it has none there: then the DV, whose message is in order, is told that the service is unknown.
    """
    offered = None if index is None else issuer.service(index)
    return offered.uuid if offered else NO_SERVICE
