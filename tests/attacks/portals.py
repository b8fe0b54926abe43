"""The doors of a portal as a DV: a browser amid a login or logout, and a gateway that the test speaks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exchange.logout import SLO_PATH
from exchange.respond import Reply, statement
from pilot.browser import Page
from pilot.loopback import LoopbackTransport
from pilot.places import DIGID, GATEWAY, MACHTIGEN, entity_of
from pilot.portalen import SERVICES
from portals.provider import CONSUMER_PATH
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.saml import assertion as assertions
from stelsel.saml import authn_request, logout
from stelsel.saml.artifact import read_resolve
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import artifact_url, decode_post
from stelsel.saml.ids import new_id
from stelsel.saml.logout import LogoutResponse
from stelsel.saml.response import Status
from stelsel.saml.signatures import KeysOf
from tests.attacks.parties import Answering, Attacked, Party, sealed
from tests.flows.pilots import Pilot


class Router(Answering):
    """The gateway towards a portal: what its artifacts stand for, right but for what the test changes."""

    def __init__(self, pilot: Pilot) -> None:
        super().__init__(Party(pilot, GATEWAY))
        self.consumer = pilot.places.front(MACHTIGEN) + CONSUMER_PATH

    def assertion(self, request: AuthnRequest, **changes: Any) -> Assertion:
        """Its summary, with DigiD's own assertion as evidence."""
        pilot, portal = self.party.pilot, entity_of(MACHTIGEN)
        about = Attribute(urns.SERVICE_UUID, (SERVICES[MACHTIGEN].value,))
        made = statement(
            Reply(self.party.entity, request.id, self.consumer, pilot.clock()),
            audiences=(portal,),
            context_class=LevelOfAssurance.HOOG.uri,
            attributes=(about, Attribute(urns.ACTING_SUBJECT_ID, (sealed(pilot, portal),))),
            authorities=(entity_of(DIGID),),
            advice=(self.evidence(request),),
        )
        values = {name: getattr(made, name) for name in Assertion.__dataclass_fields__}
        return Assertion(**values | changes)

    def evidence(self, request: AuthnRequest, **changes: Any) -> bytes:
        """What DigiD declared."""
        authority = Answering(Party(self.party.pilot, DIGID))
        return assertions.write(authority.assertion(request, **changes), authority.party.key)

    async def resolve(self, request: Request) -> Response:
        """Its ArtifactResolutionService, for the portal."""
        asked = read_resolve(await request.body(), portal_keys(self.party.pilot))
        self.asked.append(asked)
        return Response(self.reply(asked), media_type="text/xml")


@dataclass(frozen=True, slots=True)
class Arriving:
    """A browser at a portal, which shows each answer before it follows it."""

    pilot: Pilot
    http: httpx.AsyncClient
    router: Router

    @property
    def front(self) -> str:
        """The portal's address."""
        return self.pilot.places.front(MACHTIGEN)

    async def begin(self) -> tuple[AuthnRequest, str]:
        """A login: the portal's request to the gateway, and its RelayState."""
        fields = await self._onward(await self.http.post(self.front + "/login"))
        keys = portal_keys(self.pilot)
        return authn_request.read(decode_post(fields["SAMLRequest"]), keys), fields["RelayState"]

    async def come_back(self, artifact: str, relay_state: str) -> httpx.Response:
        """What the portal answers to an artifact that this browser brings."""
        return await self.http.get(artifact_url(self.router.consumer, artifact, relay_state))

    async def enter(self, **changes: Any) -> httpx.Response:
        """A whole login, in order but for `changes` (`Answering.declares`)."""
        request, relay_state = await self.begin()
        return await self.come_back(self.router.declares(request, **changes), relay_state)

    async def leave(self) -> tuple[str, str]:
        """A logout of who is logged in: the id of the portal's LogoutRequest, and its RelayState."""
        page = await self.http.get(self.front + "/")
        form = Page(str(page.url), page.status_code, page.content).form_with("csrf")
        assert form is not None
        fields = await self._onward(await self.http.post(self.front + "/logout", data=dict(form.fields)))
        request = logout.read_request(decode_post(fields["SAMLRequest"]), portal_keys(self.pilot))
        return request.id, fields["RelayState"]

    async def _onward(self, answer: httpx.Response) -> dict[str, str]:
        assert answer.status_code == 303, answer.status_code
        page = await self.http.get(self.front + answer.headers["location"])
        (form,) = Page(str(page.url), page.status_code, page.content).forms
        return dict(form.fields)


def logout_answer(pilot: Pilot, request_id: str, **changes: Any) -> LogoutResponse:
    """The gateway says that the login is over."""
    values: dict[str, Any] = {
        "id": new_id(),
        "issue_instant": pilot.clock(),
        "destination": pilot.places.front(MACHTIGEN) + SLO_PATH,
        "issuer": entity_of(GATEWAY),
        "in_response_to": request_id,
        "status": Status(urns.STATUS_SUCCESS),
    }
    return LogoutResponse(**values | changes)


@asynccontextmanager
async def arriving(network: Attacked) -> AsyncIterator[Arriving]:
    """As long as the block lasts the test answers at the gateway's back channel, to the portal."""
    router = Router(network.pilot)
    door = network.pilot.doors[f"{network.pilot.places.host(GATEWAY)}/back"]
    genuine = door.app
    door.app = Starlette(routes=[Route("/saml/artifact", router.resolve, methods=["POST"])])
    try:
        async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as http:
            yield Arriving(network.pilot, http, router)
    finally:
        door.app = genuine


def portal_keys(pilot: Pilot) -> KeysOf:
    """The signing keys of the portal."""
    keys = pilot.network.services[MACHTIGEN].assembly.party.keys
    return lambda _: keys.published(pilot.clock()).signing
