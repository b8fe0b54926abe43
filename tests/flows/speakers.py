"""A party of the network that a test speaks for, with that party's own keys: messages by hand, right or wrong."""

import ssl
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from metadata.keys import KeyRing
from pilot.loopback import LoopbackTransport
from pilot.places import BVD, GATEWAY, entity_of
from stelsel.failures import UnknownIssuer
from stelsel.identifiers import EntityId
from stelsel.saml import artifact as artifacts
from stelsel.saml import authn_request
from stelsel.saml.artifact import ArtifactResolve, Resolved
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import encode_post, soap_wrap
from stelsel.saml.ids import new_id
from stelsel.saml.signatures import KeysOf, SigningKey, VerificationKey
from tests.flows.pilots import Pilot

SOAP = {"Content-Type": "text/xml; charset=utf-8"}


@cache
def ring_in(folder: Path) -> KeyRing:
    """The keys in a folder; reading one checks it, which takes longer than all that is done with it."""
    return KeyRing.from_folder(folder)


@cache
def tls_of(anchors: Path, identity: Path) -> ssl.SSLContext:
    """The side of mutual TLS of whoever holds the key and certificate in `identity`."""
    tls = ssl.create_default_context(cafile=str(anchors))
    tls.load_cert_chain(identity)
    return tls


class Speaker:
    """Speaks for the party called `name` (a DV or LC of the world, or a register)."""

    def __init__(self, pilot: Pilot, name: str) -> None:
        self._pilot = pilot
        self._name = name
        self._ring = pilot.network.prepared.pki.ring(name)

    @property
    def entity(self) -> EntityId:
        """A DV's or LC's EntityID; for anybody else the gateway's."""
        world = self._pilot.world
        known = {each.name: each.entity_id for each in world.dvs} | {each.name: each.entity_id for each in world.lcs}
        return known.get(self._name, entity_of(GATEWAY))

    @property
    def key(self) -> SigningKey:
        """What it signs with."""
        return ring_in(self._ring).signing(self._pilot.clock())

    def request(self, service: str = "S1", **changes: Any) -> AuthnRequest:
        """An AuthnRequest in order, but for `changes`."""
        request = AuthnRequest(
            id=new_id(),
            issue_instant=self._pilot.clock(),
            destination=self._pilot.places.front(GATEWAY) + "/saml/sso",
            issuer=self.entity,
            acs_index=0,
            intended_audience=self.entity,
            service=next(each.uuid for each in self._pilot.world.services if each.name == service),
        )
        return replace(request, **changes)

    def signed(self, request: AuthnRequest) -> bytes:
        """The message under this party's signature."""
        return authn_request.write(request, self.key)

    def resolve_message(self, artifact: str, **changes: Any) -> bytes:
        """A signed ArtifactResolve in SOAP, in order but for `changes`."""
        asked = ArtifactResolve(
            id=new_id(),
            issue_instant=self._pilot.clock(),
            destination=self.location,
            issuer=self.entity,
            artifact=artifact,
        )
        return soap_wrap(artifacts.write_resolve(replace(asked, **changes), self.key))

    @property
    def location(self) -> str:
        """The gateway's ArtifactResolutionService."""
        return self._pilot.places.back(GATEWAY) + "/saml/artifact"

    async def resolve(self, artifact: str) -> Resolved:
        """What the gateway answers when this party resolves `artifact`."""
        answer = await self.post(self.resolve_message(artifact))
        return artifacts.read_artifact_response(answer.content, keys_of(self._pilot))

    async def post(self, message: bytes, location: str = "", headers: dict[str, str] | None = None) -> httpx.Response:
        """The answer to `message`, sent with this party's TLS certificate."""
        async with httpx.AsyncClient(transport=LoopbackTransport(self._tls()), trust_env=False, timeout=20) as client:
            return await client.post(location or self.location, content=message, headers=headers or SOAP)

    def _tls(self) -> ssl.SSLContext:
        return tls_of(self._pilot.network.prepared.pki.anchors, self._ring / "tls-1.pem")


def anonymous_tls(pilot: Pilot) -> ssl.SSLContext:
    """TLS that trusts the network and shows nothing of itself."""
    return ssl.create_default_context(cafile=str(pilot.network.prepared.pki.anchors))


def keys_of(pilot: Pilot) -> KeysOf:
    """The signing keys of gateway and BVD."""
    parties = {
        entity_of(name): tuple(pilot.network.services[name].assembly.party.keys.published(pilot.clock()).signing)
        for name in (GATEWAY, BVD)
    }

    def keys(entity: EntityId) -> tuple[VerificationKey, ...]:
        if entity not in parties:
            raise UnknownIssuer(found=entity.value)
        return parties[entity]

    return keys


def post_form(message: bytes) -> dict[str, str]:
    """The fields of HTTP-POST."""
    return {"SAMLRequest": encode_post(message)}
