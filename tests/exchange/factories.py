"""Parties that talk to each other in one process, with real keys, stores and HTTP on loopback."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exchange.party import Self
from exchange.resolve import Resolver
from metadata.certificates import Certificate
from metadata.entities import Endpoint, Entity, OfferedService
from metadata.keys import KeyRing, OwnKey
from metadata.trust import TrustStore
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.sealing import Sealer
from runtime.settings import Clock
from runtime.store import MemoryStore, ShortLived
from stelsel import urns
from stelsel.bsnk.keys import RecipientKey
from stelsel.failures import Failure
from stelsel.identifiers import EntityId
from stelsel.saml import authn_request
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import encode_post
from stelsel.saml.signatures import SigningKey
from tests.pilot.serving import listening, serve
from tests.stelsel.saml.factories import AD, BVD, DV, LC, RD, SERVICE, a_key, key_of, public

ALWAYS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
SSO = "https://rd.test/sso"
RESOLVE = "https://rd.test/resolve"
BVD_SSO = "https://bvd.test/sso"
AD_CONSUMER = "https://rd.test/acs"
BVD_CONSUMER = "https://rd.test/acs/bvd"
DV_CONSUMER = "https://dv.test/acs"


def encryption_key_of(entity: EntityId) -> SigningKey:
    """What is encrypted for a party, it opens with this."""
    return a_key(f"{entity.value} encryption")


def an_entity(entity: EntityId, **changes: Any) -> Entity:
    """A party with one signing and one encryption key."""
    values: dict[str, Any] = {
        "entity_id": entity,
        "signing_keys": (public(key_of(entity)),),
        "encryption_keys": (public(encryption_key_of(entity)),),
    }
    return Entity(**values | changes)


def a_provider(**changes: Any) -> Entity:
    """The DV, with two consumers and one service at index 3."""
    values: dict[str, Any] = {
        "assertion_consumers": (
            Endpoint(urns.HTTP_ARTIFACT, DV_CONSUMER, 0, True),
            Endpoint(urns.HTTP_ARTIFACT, "https://dv.test/other", 7),
        ),
        "services": (OfferedService(3, SERVICE, True),),
    }
    return an_entity(DV, **values | changes)


def a_router(**changes: Any) -> Entity:
    """The RD in both its roles."""
    values: dict[str, Any] = {
        "encryption_keys": (),
        "single_sign_on": (Endpoint(urns.HTTP_POST, SSO),),
        "artifact_resolution": (Endpoint(urns.SOAP, RESOLVE, 0, True),),
        "assertion_consumers": (
            Endpoint(urns.HTTP_ARTIFACT, AD_CONSUMER, 0, True),
            Endpoint(urns.HTTP_ARTIFACT, BVD_CONSUMER, 1),
        ),
    }
    return an_entity(RD, **values | changes)


def an_authority(entity: EntityId = AD, resolve: str = "https://ad.test/resolve", **changes: Any) -> Entity:
    """An AD or BVD; its artifacts are resolved at `resolve`."""
    host = "https://ad.test" if entity == AD else "https://bvd.test"
    values: dict[str, Any] = {
        "single_sign_on": (Endpoint(urns.HTTP_POST, f"{host}/sso"),),
        "artifact_resolution": (Endpoint(urns.SOAP, resolve, 0, True),),
    }
    return an_entity(entity, **values | changes)


def everybody(**changes: Entity) -> TrustStore:
    """DV, LC, RD, AD and BVD know each other; a changed party is named by its role in small letters."""
    parties = {
        "dv": a_provider(),
        "lc": an_entity(LC, assertion_consumers=(Endpoint(urns.HTTP_ARTIFACT, "https://lc.test/acs", 0, True),)),
        "rd": a_router(),
        "ad": an_authority(AD),
        "bvd": an_authority(BVD, "https://bvd.test/resolve"),
    }
    return TrustStore((parties | changes).values())


def a_ring(entity: EntityId, bsnk: Iterable[RecipientKey] = ()) -> KeyRing:
    """The keys of a party: signing and encryption, and those that BSNk issued to it."""

    def own(use: Any, key: SigningKey) -> OwnKey:
        return OwnKey(
            use=use,
            number=1,
            path=Path(f"{use}-1.pem"),
            private=key.private,
            certificate=Certificate.read(key.certificate),
            active_from=ALWAYS[0],
            retired_from=ALWAYS[1],
        )

    return KeyRing([own("signing", key_of(entity)), own("encryption", encryption_key_of(entity))], bsnk)


def an_old_store(clock: Any, sealer: Sealer) -> MemoryStore:
    """A store that was there an hour ago: no message of a test predates it."""
    now = clock.now
    clock.now = now - timedelta(hours=1)
    store = MemoryStore(clock, sealer)
    clock.now = now
    return store


def a_party(
    entity: EntityId, clock: Clock, store: ShortLived, offload: Offload, trust: TrustStore | None = None
) -> Self:
    """One of them, as the doors need it."""
    return Self(
        entity_id=entity,
        keys=a_ring(entity),
        trust=trust or everybody(),
        store=store,
        offload=offload,
        clock=clock,
    )


@dataclass
class Reported:
    """A `Report` that remembers."""

    failures: list[Failure] = field(default_factory=list)

    async def __call__(self, failure: Failure, circumstances: Mapping[str, str]) -> str:
        self.failures.append(failure)
        return "CODE"


def a_form(request: AuthnRequest, key: SigningKey | None = None, relay_state: str | None = None) -> dict[str, str]:
    """What a browser posts."""
    message = encode_post(authn_request.write(request, key or key_of(request.issuer)))
    return {"SAMLRequest": message} | ({} if relay_state is None else {"RelayState": relay_state})


class Correspondent:
    """A party at the other end of a back channel: answers SOAP with what the test says, and remembers what it got."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.status = 200
        self.answer: Any = None

    async def receive(self, request: Request) -> Response:
        """Its ArtifactResolutionService."""
        body = await request.body()
        self.received.append(body)
        return Response(self.answer(body), self.status, media_type="text/xml")


@asynccontextmanager
async def a_correspondent() -> AsyncIterator[tuple[Correspondent, str]]:
    """One that is served on loopback, and its address."""
    correspondent = Correspondent()
    app = Starlette(routes=[Route("/resolve", correspondent.receive, methods=["POST"])])
    async with serve(app, listening()) as port:
        yield correspondent, f"http://127.0.0.1:{port}/resolve"


def a_resolver(party: Self, http: HttpClient) -> Resolver:
    """The way to ask for what an artifact stands for."""
    return Resolver(party, http, deadline_seconds=5, max_bytes=256 * 1024)
