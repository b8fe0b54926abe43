"""A gateway, an AD and a BVD for one sample DV: our own message code over real HTTP and mutual TLS, with a knob."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any, Final
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from exchange.respond import Reply, statement, write_failure
from metadata.descriptors import write_entity
from metadata.entities import Endpoint, Entity
from metadata.keys import KeyRing
from pilot.pki import Pki
from pilot.sample_dv.settings import KeyFiles
from stelsel import urns
from stelsel.identifiers import EntityId, Oin
from stelsel.saml import artifact as artifacts
from stelsel.saml import assertion as assertions
from stelsel.saml import authn_request, response
from stelsel.saml.artifact import ArtifactResponse
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import artifact_url, decode_post, soap_wrap
from stelsel.saml.encryption import EncryptedId, NameId, Recipient, encrypt_id, renamed
from stelsel.saml.ids import new_id
from stelsel.saml.response import Status
from stelsel.saml.signatures import SigningKey, VerificationKey

GATEWAY: Final = EntityId("urn:nl-eid-gdi:1.0:RD:00000099000000001000:entities:9001")
BVD: Final = EntityId("urn:nl-eid-gdi:1.0:BVD:00000099000000003000:entities:9001")
AD: Final = EntityId("urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9001")
DV: Final = EntityId("urn:nl-eid-gdi:1.0:DV:00000099000000010000:entities:9001")
PARTIES: Final = {"gateway": GATEWAY, "bvd": BVD, "digid": AD}
ANNA: Final = "999991000"
BRAM: Final = "999991127"


def unchanged(message: bytes) -> bytes:
    """Nothing is wrong with this one."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the gateway says. A test overrides the one thing it is about.

    `changes` are fields of the summary assertion, `late_changes` work on what is signed already.
    """

    acting: str = ANNA
    represented: str | None = None
    said_by_bvd: str = ANNA
    loa: str = urns.LOA_SUBSTANTIAL
    representation_types: tuple[str, ...] = ("urn:namens:rt:BEWIND",)
    changes: Mapping[str, Any] = field(default_factory=dict)
    status: Status | None = None
    in_advice: Callable[[bytes], bytes] = unchanged
    in_summary: Callable[[bytes], bytes] = unchanged
    in_response: Callable[[bytes], bytes] = unchanged
    on_the_wire: Callable[[bytes], bytes] = unchanged
    signer: str = "gateway"


@dataclass(slots=True)
class PretendGateway:
    """Answers every AuthnRequest at once with an artifact, and every artifact once with `says`.

    `requests` are the verified AuthnRequests that came in, `traces` the traceparents on the back channel.
    """

    pki: Pki
    dv_keys: KeyFiles
    clock: Callable[[], datetime]
    says: Declared = field(default_factory=Declared)
    front: str = ""
    back: str = ""
    consumer: str = ""
    service: str = ""
    requests: list[AuthnRequest] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    resolved: int = 0
    front_status: int = 303
    _held: dict[str, AuthnRequest] = field(default_factory=dict)
    _keys: dict[str, SigningKey] = field(default_factory=dict)

    def forget(self) -> None:
        """As it was at start."""
        self.says = Declared()
        self.requests.clear()
        self.traces.clear()
        self.resolved = 0
        self.front_status = 303

    def front_app(self) -> Starlette:
        """SingleSignOnService."""
        return Starlette(routes=[Route("/sso", self._receive, methods=["POST"])])

    def back_app(self) -> Starlette:
        """ArtifactResolutionService, behind mutual TLS."""
        return Starlette(routes=[Route("/ars", self._resolve, methods=["POST"])])

    def key(self, name: str) -> SigningKey:
        """The signing key of one of the three."""
        if name not in self._keys:
            self._keys[name] = KeyRing.from_folder(self.pki.ring(name)).signing(self.clock())
        return self._keys[name]

    def metadata(self, name: str, *, signer: str | None = None, valid: timedelta = timedelta(days=1)) -> bytes:
        """The signed EntityDescriptor of one of the three."""
        key = self.key(name)
        entity = Entity(
            entity_id=PARTIES[name],
            signing_keys=(_verification_key(ssl.DER_cert_to_PEM_cert(key.certificate).encode(), key.name),),
            single_sign_on=(Endpoint(urns.HTTP_POST, f"{self.front}/sso"),),
            artifact_resolution=(Endpoint(urns.SOAP, f"{self.back}/ars", 12),),
            valid_until=self.clock() + valid,
        )
        return write_entity(entity, self.key(signer or name))

    async def _receive(self, request: Request) -> Response:
        if self.front_status >= 400:
            return HTMLResponse('<main data-page="E1"><p>Code K7Q2. Vraagt u hulp?</p></main>', self.front_status)
        fields = dict(parse_qsl((await request.body()).decode()))
        asked = authn_request.read(decode_post(fields["SAMLRequest"]), lambda _: self._keys_of_dv())
        self.requests.append(asked)
        artifact = artifacts.make_artifact(GATEWAY, 12, token_bytes(20))
        self._held[artifact] = asked
        return RedirectResponse(artifact_url(self.consumer, artifact, fields["RelayState"]), 303)

    async def _resolve(self, request: Request) -> Response:
        self.traces.append(request.headers.get("traceparent", ""))
        self.resolved += 1
        resolve = artifacts.read_resolve(await request.body(), lambda _: self._keys_of_dv())
        asked = self._held.pop(resolve.artifact, None)
        answer = ArtifactResponse(
            id=new_id(),
            in_response_to=resolve.id,
            issue_instant=self.clock(),
            issuer=GATEWAY,
            status=Status(urns.STATUS_SUCCESS),
            response=self.says.in_response(self._response(asked)) if asked else None,
        )
        signed = artifacts.write_response(answer, self.key(self.says.signer))
        return Response(self.says.on_the_wire(soap_wrap(signed)), media_type="text/xml")

    def _response(self, asked: AuthnRequest) -> bytes:
        reply = self._reply(GATEWAY, asked)
        if self.says.status is not None:
            return write_failure(reply, self.says.status)
        summary = self.says.in_summary(assertions.write(self._summary(asked, reply), self.key("gateway")))
        return response.write(
            response.Response(
                id=new_id(),
                in_response_to=asked.id,
                issue_instant=reply.at,
                destination=reply.consumer,
                issuer=GATEWAY,
                status=Status(urns.STATUS_SUCCESS),
                assertion=summary,
            )
        )

    def _summary(self, asked: AuthnRequest, reply: Reply) -> Assertion:
        """What `gateway.interfaces.summary` writes: copies of the encrypted ids, and the evidence in Advice."""
        service = Attribute(urns.SERVICE_UUID, (self.service,))
        acting = self._encrypted(self.says.acting)
        evidence = [self._evidence("digid", asked, (service, Attribute(urns.ACTING_SUBJECT_ID, (acting,))))]
        attributes = [service, Attribute(urns.ACTING_SUBJECT_ID, (renamed(acting, "-a"),))]
        if self.says.represented is not None:
            legal = self._encrypted(self.says.represented)
            types = Attribute(urns.REPRESENTATION_TYPE, self.says.representation_types)
            said = Attribute(urns.ACTING_SUBJECT_ID, (self._encrypted(self.says.said_by_bvd),))
            evidence.append(
                self._evidence("bvd", asked, (service, said, Attribute(urns.LEGAL_SUBJECT_ID, (legal,)), types))
            )
            attributes += [Attribute(urns.LEGAL_SUBJECT_ID, (renamed(legal, "-l"),)), types]
        summary = statement(
            reply,
            audiences=(DV,),
            context_class=self.says.loa,
            attributes=tuple(attributes),
            authorities=(AD, BVD)[: len(evidence)],
            advice=tuple(evidence),
        )
        return replace(summary, **self.says.changes)

    def _evidence(self, name: str, asked: AuthnRequest, attributes: tuple[Attribute, ...]) -> bytes:
        made = statement(
            self._reply(PARTIES[name], asked),
            audiences=(GATEWAY,),
            context_class=self.says.loa if name == "digid" else urns.UNSPECIFIED_CONTEXT,
            attributes=attributes,
        )
        return self.says.in_advice(assertions.write(made, self.key(name)))

    def _reply(self, issuer: EntityId, asked: AuthnRequest) -> Reply:
        return Reply(issuer, asked.id, self.consumer, self.clock())

    def _encrypted(self, bsn: str) -> EncryptedId:
        key = _verification_key(self.dv_keys.encryption.read_bytes())
        return encrypt_id(NameId(urns.LEGACY_BSN, bsn), [Recipient(DV, (key,))])

    def _keys_of_dv(self) -> list[VerificationKey]:
        return [_verification_key(self.dv_keys.signing.read_bytes())]


def issue_keys(pki: Pki) -> KeyFiles:
    """Keys of the three and of the DV; gives those of the DV."""
    for name, entity in PARTIES.items():
        pki.issue(name, entity.oin or Oin("0" * 20))
    return KeyFiles.in_ring(pki.issue("gemeente", DV.oin or Oin("0" * 20)), pki.anchors)


def _verification_key(pem: bytes, name: str = "") -> VerificationKey:
    certificate = x509.load_pem_x509_certificate(pem)
    public = certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    return VerificationKey(name, public, certificate.public_bytes(Encoding.DER))
