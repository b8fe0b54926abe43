"""Parties of a running network that turned bad: a test speaks for them with their own keys, and for a browser."""

import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exchange.respond import Reply, statement
from gateway.routes import AD_CONSUMER, BVD_CONSUMER
from pilot.browser import Page
from pilot.loopback import LoopbackTransport
from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import assertion as assertions
from stelsel.saml import authn_request
from stelsel.saml import response as responses
from stelsel.saml.artifact import (
    ArtifactResolve,
    ArtifactResponse,
    Resolved,
    make_artifact,
    read_artifact_response,
    read_resolve,
    write_response,
)
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import artifact_url, decode_post, soap_wrap
from stelsel.saml.encryption import EncryptedId, NameId, encrypt_id
from stelsel.saml.ids import new_id
from stelsel.saml.response import Status
from stelsel.saml.signatures import SigningKey
from tests.attacks.mutations import Mutation, embedded
from tests.flows.pilots import Pilot
from tests.flows.speakers import SOAP, Speaker, keys_of, post_form, ring_in, tls_of

SERVICE: Final = "S1"
DV: Final = "gemeente"
SUCCESS: Final = Status(urns.STATUS_SUCCESS)


class Attacked:
    """A running network, and connections of its parties to each other's back channels that stay open."""

    def __init__(self, pilot: Pilot) -> None:
        self.pilot = pilot
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def soap(self, name: str, location: str, message: bytes) -> httpx.Response:
        """The answer to `message`, sent with the TLS certificate of the party called `name`."""
        if name not in self._clients:
            tls = Party(self.pilot, name).tls
            self._clients[name] = httpx.AsyncClient(transport=LoopbackTransport(tls), trust_env=False, timeout=20)
        return await self._clients[name].post(location, content=message, headers=SOAP)

    async def close(self) -> None:
        """Hangs up."""
        for client in self._clients.values():
            await client.aclose()


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody of the network called `name`, with that party's own keys."""

    pilot: Pilot
    name: str

    @property
    def entity(self) -> EntityId:
        """Its EntityID."""
        dv = next((each for each in self.pilot.world.dvs if each.name == self.name), None)
        return dv.entity_id if dv else entity_of(self.name)

    @property
    def key(self) -> SigningKey:
        """What it signs with."""
        return ring_in(self.pilot.network.prepared.pki.ring(self.name)).signing(self.pilot.clock())

    @property
    def tls(self) -> ssl.SSLContext:
        """Its side of mutual TLS."""
        pki = self.pilot.network.prepared.pki
        return tls_of(pki.anchors, pki.ring(self.name) / "tls-1.pem")


def service_of(pilot: Pilot, name: str = SERVICE) -> ServiceUuid:
    """A service of the world."""
    return next(each.uuid for each in pilot.world.services if each.name == name)


def sealed(pilot: Pilot, *readers: EntityId, value: str = "999990019") -> EncryptedId:
    """A BSN for these parties, as the AD would encrypt it."""
    trust = pilot.network.services[DIGID].assembly.party.trust
    recipients = [trust.find(reader, pilot.clock()).recipient() for reader in readers]
    return encrypt_id(NameId(urns.LEGACY_BSN, value), recipients)


class Answering:
    """An AD or a BVD that the test speaks for: what its artifacts stand for, right but for what the test changes."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.consumer = party.pilot.places.front(GATEWAY) + (BVD_CONSUMER if party.name == BVD else AD_CONSUMER)
        self.asked: list[ArtifactResolve] = []
        self.reply: Callable[[ArtifactResolve], bytes] = lambda _: b""

    def artifact(self) -> str:
        """One of its own."""
        return make_artifact(self.party.entity, 0, secrets.token_bytes(20))

    def assertion(self, request: AuthnRequest, **changes: Any) -> Assertion:
        """What it declares to the gateway."""
        pilot, dv, service = self.party.pilot, request.intended_audience, request.service
        assert dv is not None
        assert service is not None
        about = Attribute(urns.SERVICE_UUID, (service.value,))
        reply = Reply(self.party.entity, request.id, self.consumer, pilot.clock())
        readers = (dv, *request.requester_ids)
        attributes: tuple[Attribute, ...] = (about, Attribute(urns.ACTING_SUBJECT_ID, (sealed(pilot, *readers),)))
        level = LevelOfAssurance.HOOG.uri
        if self.party.name == BVD:
            level = urns.UNSPECIFIED_CONTEXT
            attributes = (
                *attributes,
                Attribute(urns.LEGAL_SUBJECT_ID, (sealed(pilot, dv, value="999990020"),)),
                Attribute(urns.REPRESENTATION_TYPE, ("urn:namens:rt:BEWIND",)),
            )
        made = statement(
            reply,
            audiences=(entity_of(GATEWAY), *request.requester_ids),
            context_class=level,
            attributes=attributes,
        )
        values = {name: getattr(made, name) for name in Assertion.__dataclass_fields__}
        return Assertion(**values | changes)

    def declares(
        self,
        request: AuthnRequest,
        *,
        assertion: dict[str, Any] | None = None,
        response: dict[str, Any] | None = None,
        answer: dict[str, Any] | None = None,
        of_assertion: Mutation = bytes,
        of_answer: Mutation = bytes,
        signer: SigningKey | None = None,
    ) -> str:
        """An artifact that stands for a login: fields changed before signing, or elements spoiled afterwards."""
        inner = assertions.write(self.assertion(request, **assertion or {}), signer or self.party.key)

        def reply(asked: ArtifactResolve) -> bytes:
            values: dict[str, Any] = {
                "id": new_id(),
                "in_response_to": request.id,
                "issue_instant": self.party.pilot.clock(),
                "destination": self.consumer,
                "issuer": self.party.entity,
                "status": SUCCESS,
            }

            def around(inside: bytes) -> bytes:
                made = responses.Response(**values | {"assertion": inside} | (response or {}))
                return of_answer(self.answer(asked, made, answer))

            return soap_wrap(embedded(around, inner, of_assertion(inner)))

        self.reply = reply
        return self.artifact()

    def answer(
        self, asked: ArtifactResolve, inside: responses.Response, changes: dict[str, Any] | None = None
    ) -> bytes:
        """The signed ArtifactResponse."""
        values: dict[str, Any] = {
            "id": new_id(),
            "in_response_to": asked.id,
            "issue_instant": self.party.pilot.clock(),
            "issuer": self.party.entity,
            "status": SUCCESS,
            "response": responses.write(inside),
        }
        return write_response(ArtifactResponse(**values | (changes or {})), self.party.key)

    async def resolve(self, request: Request) -> Response:
        """Its ArtifactResolutionService."""
        gateway = self.party.pilot.network.services[GATEWAY].assembly.party.keys
        asked = read_resolve(await request.body(), lambda _: gateway.published(self.party.pilot.clock()).signing)
        self.asked.append(asked)
        return Response(self.reply(asked), media_type="text/xml")


@asynccontextmanager
async def speaking_for(pilot: Pilot, name: str) -> AsyncIterator[Answering]:
    """As long as the block lasts the test answers at the back channel of AD or BVD."""
    answering = Answering(Party(pilot, name))
    door = pilot.doors[f"{pilot.places.host(name)}/back"]
    genuine = door.app
    door.app = Starlette(routes=[Route("/saml/artifact", answering.resolve, methods=["POST"])])
    try:
        yield answering
    finally:
        door.app = genuine


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the gateway had a browser post."""

    request: AuthnRequest
    relay_state: str


class Visitor:
    """A browser that shows each answer before it follows it."""

    def __init__(self, network: Attacked, dv: str = DV) -> None:
        self._network = network
        self.pilot = network.pilot
        self.name = dv
        self.dv = Speaker(self.pilot, dv)
        self.http = httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20)

    async def __aenter__(self) -> "Visitor":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def begin(self, *, service: str = SERVICE, relay_state: str | None = None, **changes: Any) -> httpx.Response:
        """What the gateway answers to an AuthnRequest of the DV."""
        form = post_form(self.dv.signed(self.dv.request(service, **changes)))
        form |= {} if relay_state is None else {"RelayState": relay_state}
        return await self.http.post(self.pilot.places.front(GATEWAY) + "/saml/sso", data=form)

    async def open(self, path: str) -> Page:
        """A page of the gateway, by its path or address."""
        url = path if path.startswith("http") else self.pilot.places.front(GATEWAY) + path
        answer = await self.http.get(url)
        return Page(url, answer.status_code, answer.content)

    async def press(self, page: Page, value: str) -> httpx.Response:
        """The answer to the button with that value."""
        form = next(form for form in page.forms if any(button.value == value for button in form.buttons))
        return await self.http.post(form.action, data={**form.fields, "choice": value})

    async def asked(self, path: str, choice: str = "self", *, via: Sequence[str] = ("means:digid",)) -> Sent:
        """The gateway's request to the next party, from its page at `path` on: a means, and a supplier where asked."""
        page = await self.open(path)
        if page.name.startswith("G1"):
            page = await self.open((await self.press(page, choice)).headers["location"])
        for value in via:
            if page.name.startswith("G2"):
                page = await self.open((await self.press(page, value)).headers["location"])
        return self._sent(page)

    def sent_on(self, answer: httpx.Response) -> Sent:
        """The gateway's request to the BVD: it stands on the page with which an AD's artifact is answered."""
        return self._sent(Page(str(answer.url), answer.status_code, answer.content))

    def _sent(self, page: Page) -> Sent:
        assert page.name == "G3", (page.name, page.status)
        (form,) = page.forms
        keys = self.pilot.network.services[GATEWAY].assembly.party.keys
        request = authn_request.read(
            decode_post(form.fields["SAMLRequest"]), lambda _: keys.published(self.pilot.clock()).signing
        )
        return Sent(request, form.fields["RelayState"])

    async def to_ad(self, choice: str = "self", *, via: Sequence[str] = ("means:digid",)) -> Sent:
        """A login up to the AD."""
        return await self.asked((await self.begin()).headers["location"], choice, via=via)

    async def come_back(self, consumer: str, artifact: str, relay_state: str) -> httpx.Response:
        """What the gateway answers to an artifact that this browser brings."""
        return await self.http.get(artifact_url(consumer, artifact, relay_state))

    async def told(self, answer: httpx.Response) -> Resolved | None:
        """What the DV hears at the end of that way, if the way leads to it."""
        location = answer.headers.get("location", "")
        if location.startswith("/login/"):
            page = await self.open(location)
            location = str(page.tree.xpath("string(//main//a/@href)"))
        artifact = parse_qs(urlsplit(location).query).get("SAMLart")
        return await self.resolved(artifact[0]) if artifact else None

    async def resolved(self, artifact: str) -> Resolved:
        """What the gateway answers when the DV resolves `artifact`."""
        answer = await self._network.soap(self.name, self.dv.location, self.dv.resolve_message(artifact))
        return read_artifact_response(answer.content, keys_of(self.pilot))


def succeeded(told: Resolved | None) -> bool:
    """Whether the DV would let somebody in."""
    return told is not None and told.response is not None and told.assertion is not None


def form_of(message: bytes, **more: str) -> bytes:
    """The body that a browser posts."""
    return urlencode(post_form(message) | more).encode()
