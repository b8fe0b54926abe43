"""A gateway in one process: real messages, keys, catalogue and stores; AD and BVD answer over HTTP on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from catalog.connections import Connection
from catalog.repository import Catalog
from catalog.services import Entries
from exchange.artifacts import Artifacts
from exchange.ask import Posted
from exchange.back_channel import ArtifactResolution
from exchange.party import Self
from exchange.respond import WINDOW, Reply, statement, write_failure, write_success
from gateway.flow import Flow, GoOn, PassOn, Shown
from gateway.interfaces.connected import Connections
from gateway.interfaces.contract import InterfaceTools
from gateway.interfaces.oidc.interface import OidcInterface
from gateway.interfaces.oidc.terms import OidcTerms
from gateway.interfaces.saml import SamlInterface
from gateway.login import Login
from gateway.logins import Logins
from gateway.mandates import Mandates
from gateway.means.contract import Means, MeansTools
from gateway.means.recipients import Recipients
from gateway.means.st_saml import StSaml
from gateway.means.terms import Terms
from gateway.outages import Outages
from gateway.sessions import Sessions
from metadata.held import HeldKeys, folder_of
from runtime.database import Database
from runtime.handles import Handles
from runtime.http import HttpClient
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId
from stelsel.saml.artifact import Resolved, make_artifact, read_artifact_response, read_resolve, write_resolve
from stelsel.saml.artifact import write_response as write_artifact_response
from stelsel.saml.assertion import Attribute
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.authn_request import read as read_authn_request
from stelsel.saml.bindings import decode_post, soap_wrap
from stelsel.saml.response import Status
from stelsel.saml.signatures import SigningKey
from tests.catalog.factories import a_provider, a_service
from tests.exchange.factories import (
    AD_CONSUMER,
    BVD_CONSUMER,
    RESOLVE,
    SSO,
    Correspondent,
    Reported,
    a_correspondent,
    a_form,
    a_resolver,
    an_authority,
    encryption_key_of,
    everybody,
)
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    RD,
    SERVICE,
    a_request,
    a_resolve,
    an_artifact_response,
    an_encrypted_id,
    key_of,
    keys_of_all,
)
from tests.stelsel.saml.judges import pem

CANCELLED = Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication cancelled")
UNSUPPORTED = Status(urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED, "Not this")
ISSUER = "https://rd.test"
FRONT_RESOLVE = "https://rd.test/saml/artifact"
OF_AD = make_artifact(AD, 0, b"a" * 20)
OF_BVD = make_artifact(BVD, 0, b"b" * 20)


class House:
    """The gateway between a DV, an AD and a BVD."""

    def __init__(
        self,
        party: Self,
        http: HttpClient,
        database: Database,
        ad: Correspondent,
        bvd: Correspondent,
        held_keys: Path,
    ) -> None:
        self.party = party
        self._http = http
        self.ad = ad
        self.bvd = bvd
        self.reported = Reported()
        self.catalog = Catalog(database)
        self.logins = Logins(party.store, party.clock)
        held = Artifacts(party.store, RD, 0, 60)
        resolver = a_resolver(party, http)
        mandates = Mandates(party, resolver, BVD, 1, BVD_CONSUMER, {"nl": "BVD", "en": "BVD"})
        self.held = held_keys
        self.artifacts = held
        self.sessions = Sessions(party.store)
        self.outages = Outages(party.store)
        tools = InterfaceTools(
            party,
            SSO,
            self.catalog,
            held,
            mandates,
            self.reported,
            FRONT_RESOLVE,
            HeldKeys(held_keys),
            self.sessions,
            WINDOW,
            OidcTerms(
                issuer=ISSUER,
                subject_key=b"s" * 32,
                authorities={"digid": (AD,)},
                web=http,
                rounds=[],
                loopback=True,
            ),
        )
        self.saml = SamlInterface(tools)
        self.oidc = OidcInterface(tools)
        self._resolver = resolver
        self.means: dict[str, Means] = {"digid": self.means_at(AD)}
        self.handles = Handles(b"k" * 32)
        self.flow = Flow(
            self.logins,
            self.catalog,
            {"saml": self.saml, "oidc": self.oidc},
            self.means,
            mandates,
            self.handles,
            party.clock,
            self.reported,
            self.sessions,
            self.outages,
        )
        self.back = ArtifactResolution(party, RESOLVE, held, self.saml.declare, self.reported)
        self._drawn: dict[str, Shown] = {}

    def means_at(self, *authorities: EntityId) -> StSaml:
        """A login means of these ADs."""
        return StSaml(self.means_tools(*authorities))

    def means_tools(self, *authorities: EntityId, terms: Terms | None = None) -> MeansTools:
        """What a means of these ADs is made of."""
        return MeansTools(
            party=self.party,
            resolver=self._resolver,
            consumer_index=0,
            consumer=AD_CONSUMER,
            authorities=authorities,
            web=self._http,
            terms=terms or Terms("means"),
            public_url="https://rd.test",
            recipient=Recipients(self.party, self.catalog, HeldKeys(self.held)).of,
            rounds=[],
            doors=[],
        )

    async def offers(self, federation: str | None = None, **changes: Any) -> None:
        """Puts the DV's one service into the catalogue."""
        oin = DV.oin
        assert oin is not None
        provider = a_provider(entity_id=DV, oin=oin, connection=Connection(federation=federation))
        values = {"uuid": SERVICE, "provider": DV, "means": frozenset({"digid"}), "eherkenning_minimum": None} | changes
        await self.catalog.store(Entries((provider,), (a_service(**values),)))

    async def connects(self, profile: str, **terms: Any) -> None:
        """Connects the DV otherwise than the standard has it; the gateway then holds the key that AD and BVD used."""
        oin = DV.oin
        assert oin is not None
        provider = a_provider(entity_id=DV, oin=oin, profile=profile, connection=Connection(**terms))
        await self.catalog.store(Entries((provider,), ()))
        if profile != "st-saml":
            hold(self.held, DV)

    async def federates(self, name: str | None) -> None:
        """Puts the DV into a federation, or into none."""
        await self.connects("st-saml", federation=name)

    def front_door(self) -> ArtifactResolution:
        """The ArtifactResolutionService without mutual TLS."""
        by_signature = Connections(self.catalog).resolves_by_signature
        return ArtifactResolution(
            self.party, FRONT_RESOLVE, self.artifacts, self.saml.declare, self.reported, by_signature
        )

    def knows(self, **changes: Any) -> None:
        """Changes what the DV's metadata says."""
        entities = {each.entity_id: each for each in self.party.trust.entities(self.party.clock())}
        entities[DV] = replace(entities[DV], **changes)
        self.party.trust.replace(entities.values())

    def forgets(self, party: EntityId) -> None:
        """The metadata of a party ends now."""
        entities = {each.entity_id: each for each in self.party.trust.entities(self.party.clock())}
        entities[party] = replace(entities[party], valid_until=self.party.clock())
        self.party.trust.replace(entities.values())

    async def posted(self, url: str, cookie: str | None = None) -> Posted:
        """The form on the page of ours to which the browser was sent."""
        _, answer, interface, handle = url.split("/")
        assert answer == "answer", url
        read = self.handles.read(handle)
        assert read is not None
        return await self.flow.posted(interface, read.flow, cookie)

    async def begin(self, **changes: Any) -> str:
        """Where the browser goes after the DV's AuthnRequest."""
        values = {"id": "_dv", "destination": SSO, "issue_instant": self.party.clock()} | changes
        return await self.flow.begin(await self.saml.read(a_form(a_request(**values), relay_state="here")))

    async def login(self, url: str) -> Login:
        """The login whose page is at `url`."""
        handle = self.handles.read(url.rpartition("/")[2])
        assert handle is not None, url
        return await self.flow.find(handle.flow)

    async def bound(self, url: str, cookie: str | None = None) -> Login:
        """The login whose page is at `url`, stored for a browser that has this session cookie."""
        bound = await self.flow.bind(await self.login(url), "browser", cookie)
        return await self.logins.advance(bound)

    async def passed_on(self, url: str) -> AuthnRequest:
        """The request that the page at `url`, or the one drawn in its place, makes the browser post."""
        shown = self._drawn.pop(url, None) or await self.flow.show(await self.login(url))
        assert isinstance(shown, PassOn), shown
        return read_authn_request(decode_post(shown.form.fields["SAMLRequest"]), keys_of_all())

    async def left(self, url: str) -> str:
        """Where the page at `url` sends the browser."""
        shown = await self.flow.show(await self.login(url))
        assert isinstance(shown, GoOn), shown
        return shown.url

    def ad_says(self, request: AuthnRequest, status: Status | None = None, **changes: Any) -> None:
        """What the AD answers to `request` once it is asked: somebody at level high, unless changed."""
        recipients = (DV, *request.requester_ids)
        values: dict[str, Any] = {
            "audiences": (RD, *request.requester_ids),
            "context_class": LevelOfAssurance.HOOG.uri,
            "attributes": (
                Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
                Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(*recipients),)),
            ),
        }
        self._says(self.ad, AD, Reply(AD, request.id, AD_CONSUMER, self.party.clock()), status, values | changes)

    def ad_knows_no_artifact(self) -> None:
        """The AD answers as to an artifact that is used up (DV-ARR-04)."""

        def answer(body: bytes) -> bytes:
            message = an_artifact_response(None, issuer=AD, in_response_to=read_resolve(body, keys_of_all()).id)
            return soap_wrap(write_artifact_response(message, key_of(AD)))

        self.ad.answer = answer

    def bvd_says(self, request: AuthnRequest, status: Status | None = None, **changes: Any) -> None:
        """What the BVD answers to `request`: somebody is represented until an hour from now, unless changed."""
        values: dict[str, Any] = {
            "audiences": (RD,),
            "context_class": urns.UNSPECIFIED_CONTEXT,
            "session_until": self.party.clock() + timedelta(hours=1),
            "attributes": (
                Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
                Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV),)),
                Attribute(urns.LEGAL_SUBJECT_ID, (an_encrypted_id(DV, value="999990020"),)),
                Attribute(urns.REPRESENTATION_TYPE, ("urn:namens:rt:BEWIND",)),
            ),
        }
        self._says(self.bvd, BVD, Reply(BVD, request.id, BVD_CONSUMER, self.party.clock()), status, values | changes)

    def _says(
        self, who: Correspondent, issuer: EntityId, reply: Reply, status: Status | None, values: dict[str, Any]
    ) -> None:
        key = key_of(issuer)
        response = write_failure(reply, status) if status else write_success(reply, statement(reply, **values), key)

        def answer(body: bytes) -> bytes:
            asked = read_resolve(body, keys_of_all())
            message = an_artifact_response(response, issuer=issuer, in_response_to=asked.id)
            return soap_wrap(write_artifact_response(message, key))

        who.answer = answer

    async def arrive(self, login: Login, artifact: str, cookie: str | None = None) -> str:
        """Where the browser goes that brings an AD's artifact, or of what login it sees a page."""
        return (await self.identify(login, artifact, cookie))[0]

    async def identify(self, login: Login, artifact: str, cookie: str | None = None) -> tuple[str, str | None]:
        """As `arrive`, and the cookie that the browser gets."""
        arrived = await self.flow.identified(login, artifact, cookie)
        return self._seen(arrived.shown), arrived.cookie

    async def represent(self, login: Login, artifact: str) -> str:
        """Where the browser goes that brings the BVD's artifact."""
        return self._seen(await self.flow.represented(login, artifact))

    def _seen(self, shown: Shown) -> str:
        if isinstance(shown, GoOn):
            return shown.url
        url = self.flow.path(shown.login)
        self._drawn[url] = shown
        return url

    async def told(self, url: str) -> Resolved:
        """What the DV finds behind the artifact in the address that the browser was sent to."""
        query = parse_qs(urlsplit(url).query)
        assert query["RelayState"] == ["here"]
        asked = a_resolve(destination=RESOLVE, artifact=query["SAMLart"][0], issue_instant=self.party.clock())
        body = soap_wrap(write_resolve(asked, key_of(DV)))
        return read_artifact_response(await self.back.resolve(body, key_of(DV).certificate), keys_of_all())

    async def status(self, url: str) -> Status:
        """The status that the DV is told."""
        response = (await self.told(url)).response
        assert response is not None
        return response.status

    async def identified(self, *, represent: bool) -> tuple[str, AuthnRequest]:
        """A login past its AD: where the browser goes, and the request that the AD was sent."""
        url = await self.begin(requester_ids=(BVD,) if represent else ())
        if not represent:
            url = await self.flow.choose(await self.login(url), "self")
        request = await self.passed_on(url)
        self.ad_says(request)
        return await self.arrive(await self.login(url), OF_AD), request


def hold(keys: Path, dv: EntityId, key: SigningKey | None = None) -> None:
    """Puts a key into the folder that a gateway holds for a DV: the one that its messages are encrypted with."""
    key = key or encryption_key_of(dv)
    folder = folder_of(keys, dv)
    folder.mkdir(parents=True, exist_ok=True)
    private = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "encryption-1.pem").write_bytes(private + pem(key))


@asynccontextmanager
async def a_house(party: Self, http: HttpClient, database: Database, held_keys: Path) -> AsyncIterator[House]:
    """One that offers its service; `held_keys` is the folder of its key ring."""
    async with a_correspondent() as (ad, ad_url), a_correspondent() as (bvd, bvd_url):
        party.trust.replace(
            everybody(ad=an_authority(AD, ad_url), bvd=an_authority(BVD, bvd_url)).entities(party.clock())
        )
        house = House(party, http, database, ad, bvd, held_keys)
        await house.offers()
        yield house
