"""The SAML interface towards DVs: AuthnRequest in; an artifact out, or for profiles that want it a posted Response."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from exchange.answering import ARTIFACT_PATH, SSO_PATH, back_door
from exchange.ask import Posted
from exchange.assembly import Assembly
from exchange.back_channel import ArtifactResolution, Enclose
from exchange.respond import Envelope, Reply, write_failure, write_success
from exchange.routes import artifact_route
from exchange.sso import Asked, SsoDoor
from exchange.statuses import INTERNAL_ERROR, status_of
from gateway.interfaces.connected import Connected, Connections
from gateway.interfaces.contract import Begin, InterfaceTools, LoginRequest
from gateway.interfaces.pending import Pending, Waiting, WaitingRoom, read_pending, write_pending
from gateway.interfaces.profiles.contract import Told
from gateway.login import Answer, Login, SealedIdentity
from gateway.sessions import Begun
from metadata.entities import Entity
from runtime.web.forms import read_form
from stelsel.failures import Failure, Misconfigured, ServiceUnknown, UnknownIssuer
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.assertion import Assertion
from stelsel.saml.bindings import artifact_url, encode_post
from stelsel.saml.encryption import Recipient
from stelsel.saml.response import Status

# Named by a DV for no service at all (RFC 9562 5.9): the catalogue has none of that name.
NO_SERVICE: Final = ServiceUuid("00000000-0000-0000-0000-000000000000")
MUTUAL_TLS_INDEX: Final = 0
SIGNATURE_INDEX: Final = 1  # of the ArtifactResolutionService for DVs that show no TLS certificate


class SamlInterface:
    """Keeps the contract `Interface`; `read`, `read_redirected` and `declare` are its own doors."""

    name: Final = "saml"

    def __init__(self, tools: InterfaceTools) -> None:
        self._tools = tools
        self._connections = Connections(tools.catalog)
        self._door = SsoDoor(tools.party, tools.location, terms_of=self._connections.terms_of)
        self._waiting = WaitingRoom(tools.party.store)

    def front_routes(self, begin: Begin) -> list[Route]:
        """See `Interface.front_routes`. A failure here is told on a page of ours, never by a redirect."""

        async def sso(request: Request) -> HttpResponse:
            if request.method == "POST":
                asked = await self.read(await read_form(request))
            else:
                asked = await self.read_redirected(request.scope["query_string"])
            return RedirectResponse(await begin(asked), status_code=303)

        tools = self._tools
        resolution = ArtifactResolution(
            tools.party,
            tools.resolution,
            tools.artifacts,
            self.declare,
            tools.report,
            by_signature=self._connections.resolves_by_signature,
            shows_certificate=self._connections.shows_certificate,
        )
        return [
            Route(SSO_PATH, sso, methods=["GET", "POST"]),
            artifact_route(ARTIFACT_PATH, resolution, tools.report),
        ]

    def back_routes(self, assembly: Assembly) -> list[Route]:
        """See `Interface.back_routes`."""
        return [back_door(assembly, self._tools.artifacts, self.declare, self._connections.shows_certificate)]

    async def read(self, form: Mapping[str, str]) -> LoginRequest:
        """A DV's AuthnRequest in an HTTP-POST form. Raises a `MessageRefused` of some kind."""
        return await self._request(await self._door.receive(form))

    async def read_redirected(self, query: bytes) -> LoginRequest:
        """A DV's AuthnRequest in a raw query string, for profiles that have that binding. Raises as `read`."""
        return await self._request(await self._door.receive_redirected(query))

    def check_connected(self, dv: EntityId, requester: EntityId) -> None:
        """See `Interface.check_connected`."""
        self._connected(dv, requester, self._tools.party.clock())

    async def answer(self, login: Login, answer: Answer) -> str:
        """See `Interface.answer`. The BVD's artifact stays unresolved inside."""
        asked = login.outstanding.request_id if login.outstanding and answer.pending else None
        pending = _pending(login, identity=answer.identity, bvd_artifact=answer.pending, bvd_request=asked)
        return await self._send(login, replace(pending, session=login.session_key))

    async def refuse(self, login: Login, failure: Failure) -> str:
        """See `Interface.refuse`."""
        return await self._send(login, _pending(login, status=status_of(failure)))

    async def posted(self, login_id: str, cookie: str | None) -> Posted:
        """See `Interface.posted`. Now, and not when the DV asks, the BVD declares: it is not asked again after this."""
        waiting = await self._waiting.take(login_id, cookie)
        held = waiting.pending
        message = await self._respond(held, await self._connections.of(held.requester), _as_it_is)
        fields = {"SAMLResponse": encode_post(message)}
        if waiting.relay_state is not None:
            fields["RelayState"] = waiting.relay_state
        return Posted(held.request_id, held.requester, held.reply, fields)

    async def declare(self, pending: str, requester: Entity, enclose: Enclose) -> bytes:
        """The Response behind a DV's artifact, made now. The requester was checked by the back channel."""
        held = read_pending(pending)
        return await self._respond(held, await self._connections.of(held.requester), enclose)

    async def _request(self, asked: Asked) -> LoginRequest:
        request = asked.request
        connected = await self._connections.of(request.issuer)
        dv = request.intended_audience or request.issuer
        return LoginRequest(
            interface=self.name,
            dv=dv,
            requester=request.issuer,
            request_id=request.id,
            reply=asked.reply.location,
            relay_state=asked.relay_state,
            service=request.service
            or service_at(asked.issuer, request.attribute_index, connected.connection.default_service),
            force_authn=request.force_authn,
            idp_list=request.idp_list or None,
            requester_ids=request.requester_ids,
            context_classes=request.context_classes,
            context_comparison=request.context_comparison,
            represents=connected.profile.represents,
            passive=request.is_passive,
        )

    async def _send(self, login: Login, pending: Pending) -> str:
        connected = await self._connections.of(login.requester)
        if connected.posts:
            await self._waiting.keep(login, Waiting(pending, login.relay_state, login.browser))
            return f"/answer/{self.name}/{login.handle}"
        index = SIGNATURE_INDEX if connected.signs_only else MUTUAL_TLS_INDEX
        artifact = await self._tools.artifacts.issue(login.requester, write_pending(pending), index)
        return artifact_url(login.reply, artifact, login.relay_state)

    async def _respond(self, held: Pending, connected: Connected, enclose: Enclose) -> bytes:
        """The Response, closed as the DV's profile and binding want it, and enclosed."""
        if held.identity is None:
            return await self._failure(held, held.status or INTERNAL_ERROR, connected, enclose)
        try:
            return await self._success(held, held.identity, connected, enclose)
        except Failure as failure:
            await self._tools.report(failure, {"dv": held.dv.value, "service": held.service.value})
            return await self._failure(held, status_of(failure), connected, enclose)

    async def _success(self, held: Pending, identity: SealedIdentity, connected: Connected, enclose: Enclose) -> bytes:
        """DV and service must still be registered, and the LC's, now (DV-PRC-01, -02); the BVD must declare."""
        party, now = self._tools.party, self._tools.party.clock()
        service = await self._tools.catalog.asked(held.service, held.dv, held.requester, now)
        entity = self._connected(held.dv, held.requester, now)
        mandate = None
        if held.bvd_artifact is not None and held.bvd_request is not None:
            mandate = await self._tools.mandates.declare(held.bvd_artifact, held.bvd_request, held.dv, held.service)
        at = party.clock()
        told = Told(
            reply=Reply(party.entity_id, held.request_id, held.reply, at, self._tools.holds),
            dv=held.dv,
            requester=held.requester,
            service=held.service,
            identity=identity,
            mandate=mandate,
            entity=entity,
            oin=connected.oin,
            facts=frozenset(each.urn for each in service.attributes),
            restrictions=service.vestiging,
            second_audience=(await self._connections.of(held.dv)).connection.second_audience,
        )
        assertion, answer = await party.offload(self._write, told, connected, enclose)
        if held.session is not None:
            begun = Begun(held.requester, held.session)
            await self._tools.sessions.remember((assertion.name_id, assertion.session_index), begun)
        return answer

    def _connected(self, dv: EntityId, requester: EntityId, at: datetime) -> Entity:
        """The DV as its requester connects it. Raises `ServiceUnknown` (UC-04)."""
        try:
            return self._tools.party.trust.provider(dv, requester, at)
        except UnknownIssuer as error:
            raise ServiceUnknown(
                error.why,
                clause=error.broken_clause,
                expected="a DV that connects itself, or that its LC's metadata has",
                found=dv.value,
            ) from error

    def _write(self, told: Told, connected: Connected, enclose: Enclose) -> tuple[Assertion, bytes]:
        """In `offload`: opens what the profile needs in clear, with the key held for this very DV."""
        profile, at = connected.profile, told.reply.at
        if profile.opens:
            told = replace(told, keys=self._tools.held.decryption(told.dv, at))
        envelope = Envelope(signed=connected.posts, reader=self._reader(told, connected), x509=profile.x509)
        assertion = profile.statement(told)
        key = self._tools.party.keys.signing(at)
        return assertion, enclose(write_success(told.reply, assertion, key, envelope))

    def _reader(self, told: Told, connected: Connected) -> Recipient | None:
        """For whom the assertion is encrypted whole: a DV that gets it through the browser and has a key.

        Raises `Misconfigured` when it has keys and none holds now: that is no reason to send in clear.
        """
        if not (connected.posts and connected.connection.encrypt):
            return None
        if told.entity.encryption_keys:
            return told.entity.recipient()
        if self._tools.party.trust.lists_encryption_key(told.dv):
            raise Misconfigured("no encryption key of this DV holds now", found=told.dv.value)
        return None

    async def _failure(self, held: Pending, status: Status, connected: Connected, enclose: Enclose) -> bytes:
        party, at = self._tools.party, self._tools.party.clock()
        reply = Reply(party.entity_id, held.request_id, held.reply, at)
        envelope = Envelope(signed=connected.posts, x509=connected.profile.x509)
        key = party.keys.signing(at)
        return await party.offload(lambda: enclose(write_failure(reply, status, key, envelope)))


def _as_it_is(response: bytes) -> bytes:
    """What is posted stands in no other message."""
    return response


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


def service_at(issuer: Entity, index: int | None, default: ServiceUuid | None = None) -> ServiceUuid:
    """The service at an AttributeConsumingService of the issuer's metadata (DV-REQ-07).

    `default` is the one agreed for requests that name none, or an index that the metadata gives no UUID; without it the
    metadata's own default counts. NO_SERVICE where there is none: then the DV, whose message is in order, is told that
    the service is unknown.
    """
    if index is None and default is not None:
        return default
    offered = issuer.service(index)
    return offered.uuid if offered else default or NO_SERVICE
