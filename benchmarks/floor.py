"""The unavoidable: the signatures, checks, parsing and C14N of one login, with no HTTP, store or page around them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bvd.declaration import write_declaration
from exchange.respond import Reply, write_success
from gateway.interfaces.summary import summary
from gateway.login import SealedIdentity
from gateway.mandates import SealedMandate
from metadata.keys import KeyRing
from pilot.digid import write_identity
from pilot.pki import Pki
from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, EntityId, ServiceUuid
from stelsel.saml import artifact as artifacts
from stelsel.saml import assertion as assertions
from stelsel.saml import authn_request
from stelsel.saml.artifact import ArtifactResolve, ArtifactResponse, make_artifact
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.encryption import Recipient, decrypt_id
from stelsel.saml.ids import new_id
from stelsel.saml.response import Status
from stelsel.saml.signatures import SigningKey, VerificationKey
from stelsel.subjects import Ground, Mandate, Party, Representation

SERVICE: Final = ServiceUuid("6513270e-269e-4d37-b2a7-4de452e6b438")
ACTING: Final = Bsn("999990019")
REPRESENTED: Final = Bsn("999990020")


@dataclass(frozen=True, slots=True)
class Cast:
    """The four parties of a login, with the keys that each of them has."""

    rings: dict[EntityId, KeyRing]
    dv: EntityId
    at: datetime

    @classmethod
    def of(cls, pki: Pki, dv: EntityId, dv_name: str, at: datetime) -> "Cast":
        """From the key rings of a network."""
        names = {entity_of(name): name for name in (GATEWAY, BVD, DIGID)} | {dv: dv_name}
        return cls({entity: KeyRing.from_folder(pki.ring(name)) for entity, name in names.items()}, dv, at)

    def key(self, entity: EntityId) -> SigningKey:
        """With which it signs."""
        return self.rings[entity].signing(self.at)

    def keys_of(self, entity: EntityId) -> tuple[VerificationKey, ...]:
        """By which others know it."""
        return self.rings[entity].published(self.at).signing

    def reader(self, entity: EntityId) -> Recipient:
        """As one to encrypt for."""
        return Recipient(entity, self.rings[entity].published(self.at).encryption)


class Floor:
    """Makes the messages of the others once, and then only repeats the work of the party that is measured."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._gateway, self._bvd, self._digid = (entity_of(name) for name in (GATEWAY, BVD, DIGID))
        self._asked_by_dv = self._ask(cast.dv, self._gateway)
        self._resolve_of_dv = self._resolve(cast.dv, self._gateway)
        self._resolve_of_gateway = self._resolve(self._gateway, self._bvd)
        self._from_digid = self._answer(self._digid, self._identity())
        self._identified = self._read(self._from_digid)
        self._from_bvd = self._answer(self._bvd, self._declaration())
        self._asked_by_gateway = self._ask(self._gateway, self._bvd, self._identified.evidence)

    def plain(self) -> None:
        """The gateway's share of a login for oneself: four signatures made, four checked."""
        authn_request.read(self._asked_by_dv, self._cast.keys_of)
        self._ask(self._gateway, self._digid)
        self._resolve(self._gateway, self._digid)
        self._read(self._from_digid)
        artifacts.read_resolve(self._resolve_of_dv, self._cast.keys_of)
        self._answer(self._gateway, self._summary(None))

    def mandate(self) -> None:
        """The gateway's share of a login for another: two more made, two more checked."""
        authn_request.read(self._asked_by_dv, self._cast.keys_of)
        self._ask(self._gateway, self._digid)
        self._resolve(self._gateway, self._digid)
        identified = self._read(self._from_digid)
        self._ask(self._gateway, self._bvd, identified.evidence)
        artifacts.read_resolve(self._resolve_of_dv, self._cast.keys_of)
        self._resolve(self._gateway, self._bvd)
        declared = self._read(self._from_bvd)
        legal = tuple(value.xml for value in declared.legal)
        types = declared.representation_types
        self._answer(self._gateway, self._summary(SealedMandate(legal, types, self._bvd, declared.evidence, None)))

    def bvd(self) -> None:
        """The BVD's share: request and assertion checked, one identity decrypted, two encrypted, two signatures."""
        request = authn_request.read(self._asked_by_gateway, self._cast.keys_of)
        assertion = assertions.read(request.idp_assertion or b"", self._cast.keys_of)
        decrypt_id(assertion.acting[0], self._bvd, self._cast.rings[self._bvd].decryption(self._cast.at))
        artifacts.read_resolve(self._resolve_of_gateway, self._cast.keys_of)
        self._answer(self._bvd, self._declaration())

    def _ask(self, issuer: EntityId, whom: EntityId, evidence: bytes | None = None) -> bytes:
        request = AuthnRequest(
            id=new_id(),
            issue_instant=self._cast.at,
            destination=f"http://{whom.oin}.localhost:8000/saml/sso",
            issuer=issuer,
            acs_index=0,
            intended_audience=self._cast.dv,
            service=SERVICE,
            requester_ids=() if evidence else (self._bvd,),
            idp_assertion=evidence,
        )
        return authn_request.write(request, self._cast.key(issuer))

    def _resolve(self, issuer: EntityId, whom: EntityId) -> bytes:
        asked = ArtifactResolve(
            id=new_id(),
            issue_instant=self._cast.at,
            destination="https://localhost:8443/saml/artifact",
            issuer=issuer,
            artifact=make_artifact(whom, 0, bytes(20)),
        )
        return soap_wrap(artifacts.write_resolve(asked, self._cast.key(issuer)))

    def _answer(self, issuer: EntityId, response: bytes) -> bytes:
        answer = ArtifactResponse(
            id=new_id(),
            in_response_to=new_id(),
            issue_instant=self._cast.at,
            issuer=issuer,
            status=Status(urns.STATUS_SUCCESS),
            response=response,
        )
        return soap_wrap(artifacts.write_response(answer, self._cast.key(issuer)))

    def _read(self, soap: bytes) -> assertions.Assertion:
        assertion = artifacts.read_artifact_response(soap, self._cast.keys_of).assertion
        if assertion is None:
            raise RuntimeError("the floor reads answers with an assertion")
        return assertion

    def _reply(self, issuer: EntityId) -> Reply:
        return Reply(issuer, new_id(), "http://localhost:8000/saml/acs/ad", self._cast.at)

    def _identity(self) -> bytes:
        readers = (self._cast.reader(self._cast.dv), self._cast.reader(self._bvd))
        audiences = (self._gateway, self._bvd)
        loa = LevelOfAssurance.SUBSTANTIEEL
        key = self._cast.key(self._digid)
        return write_identity(self._reply(self._digid), audiences, SERVICE, ACTING, loa, readers, key)[1]

    def _declaration(self) -> bytes:
        representation = Representation(
            source="rechtspraak",
            reference="1",
            ground=Ground.BEWIND,
            acting=Party(ACTING),
            represented=Party(REPRESENTED),
            retrieved_at=self._cast.at,
        )
        mandate = Mandate(
            representation=representation, service=SERVICE, loa=LevelOfAssurance.SUBSTANTIEEL, at=self._cast.at
        )
        reader = self._cast.reader(self._cast.dv)
        kind = ("urn:namens:rt:BEWIND",)
        return write_declaration(
            self._reply(self._bvd), self._gateway, reader, mandate, kind, self._cast.key(self._bvd)
        )

    def _summary(self, mandate: SealedMandate | None) -> bytes:
        read = self._identified
        acting = tuple(value.xml for value in read.acting)
        identity = SealedIdentity(acting, LevelOfAssurance.SUBSTANTIEEL, read.issuer, read.evidence)
        dv, key = self._cast.dv, self._cast.key(self._gateway)
        reply = self._reply(self._gateway)
        return write_success(reply, summary(reply, dv, dv, SERVICE, identity, mandate), key)


class Stopwatch:
    """CPU of one piece of work, each time it is done.

    Between two logins it finds the processor's caches as a gateway finds them between two requests; in a loop of its
    own, `in_a_loop`, it finds everything where it left it, and costs about two thirds.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._seconds: list[float] = []

    def once(self) -> None:
        """Does the work and counts it."""
        began = time.process_time()
        self._work()
        self._seconds.append(time.process_time() - began)

    def milliseconds(self) -> float:
        """The mean of what was counted."""
        return sum(self._seconds) * 1000 / len(self._seconds)


def in_a_loop(work: Callable[[], None], times: int) -> float:
    """CPU milliseconds of one `work`, over `times` of them without a pause."""
    work()
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) * 1000 / times
