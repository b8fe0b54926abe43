"""Every kind of signed message that a door reads, each with its reader: what the corpora are tried on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from lxml import etree

from stelsel import urns
from stelsel.identifiers import EntityId
from stelsel.saml import artifact, assertion, authn_request, logout, response
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.response import Status
from stelsel.saml.signatures import KeysOf, SigningKey
from tests.attacks.mutations import Mutation, embedded, same
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    NOON,
    RD,
    a_request,
    a_resolve,
    a_resolved_login,
    a_response,
    an_artifact_response,
    an_assertion,
    an_encrypted_id,
    key_of,
    keys_of_all,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A signed element, where it stands, and who reads it.

    `around` puts what is given in the place of the signed element, under the true signatures of those around it: so a
    refusal is about the element itself, and not about a message that it broke. `read` is the door's reader.
    """

    sender: EntityId
    make: Callable[[], bytes]
    read: Callable[[bytes, KeysOf], object]
    around: Mutation = bytes

    @property
    def genuine(self) -> bytes:
        """The signed element, self-contained."""
        return _made(self.make)

    @property
    def key(self) -> SigningKey:
        """What it is signed with."""
        return key_of(self.sender)

    @property
    def tag(self) -> str:
        """The name of the signed element."""
        return etree.fromstring(self.genuine).tag

    def attacked(self, mutation: Mutation) -> bytes:
        """The whole document with the element spoiled."""
        return self.around(mutation(self.genuine))

    def meaning(self, document: bytes) -> object:
        """What the reader reads. Raises a `Failure`."""
        return self.read(document, keys_of_all())


@cache
def _made(make: Callable[[], bytes]) -> bytes:
    return make()


def _under(write: Mutation, genuine: Callable[[], bytes]) -> Mutation:
    return lambda element: embedded(write, _made(genuine), element)


def _ad_assertion() -> bytes:
    return assertion.write(an_assertion(audiences=(RD, BVD)), key_of(AD))


def _rd_assertion() -> bytes:
    return assertion.write(an_assertion(issuer=RD, audiences=(DV,), authorities=(AD,)), key_of(RD))


def _signed_response() -> bytes:
    return response.write(a_response(_rd_assertion()), key_of(RD))


def _whole_answer() -> bytes:
    soap = a_resolved_login()
    return soap[soap.index(b"<samlp:ArtifactResponse") : soap.index(b"</soap11:Body>")]


def _in_artifact_response(inner: bytes) -> bytes:
    return soap_wrap(artifact.write_response(an_artifact_response(inner), key_of(RD)))


def _read_posted_response(data: bytes, keys: KeysOf) -> object:
    read = response.read(data, keys)
    assert read.assertion is not None
    return read, assertion.read(read.assertion, keys)


def _read_evidence(data: bytes, keys: KeysOf) -> object:
    request = authn_request.read(data, keys)
    assert request.idp_assertion is not None
    return request, assertion.read(request.idp_assertion, keys)


def _logout_request() -> bytes:
    ends = logout.LogoutRequest(
        id="_ends", issue_instant=NOON, destination="https://rd.test/slo", issuer=DV, name_id="_transient"
    )
    return logout.write_request(ends, key_of(DV))


def _logout_response() -> bytes:
    ended = logout.LogoutResponse(
        id="_ended",
        issue_instant=NOON,
        destination="https://dv.test/slo",
        issuer=RD,
        in_response_to="_ends",
        status=Status(urns.STATUS_SUCCESS),
    )
    return logout.write_response(ended, key_of(RD))


KINDS: Final[Mapping[str, Kind]] = {
    "AuthnRequest": Kind(
        DV,
        lambda: authn_request.write(a_request(idp_list=(AD,), requester_ids=(BVD,)), key_of(DV)),
        authn_request.read,
    ),
    "AuthnRequest-with-IdpAssertion": Kind(
        RD,
        lambda: authn_request.write(a_request(issuer=RD, idp_assertion=_ad_assertion()), key_of(RD)),
        _read_evidence,
    ),
    "IdpAssertion": Kind(
        AD,
        _ad_assertion,
        _read_evidence,
        _under(lambda inner: authn_request.write(a_request(issuer=RD, idp_assertion=inner), key_of(RD)), _ad_assertion),
    ),
    "ArtifactResolve": Kind(
        DV, lambda: artifact.write_resolve(a_resolve(), key_of(DV)), artifact.read_resolve, soap_wrap
    ),
    "ArtifactResponse": Kind(RD, _whole_answer, artifact.read_artifact_response, soap_wrap),
    "Response-in-ArtifactResponse": Kind(
        RD, _signed_response, artifact.read_artifact_response, _under(_in_artifact_response, _signed_response)
    ),
    "Assertion-in-ArtifactResponse": Kind(
        RD,
        _rd_assertion,
        artifact.read_artifact_response,
        _under(lambda inner: _in_artifact_response(response.write(a_response(inner))), _rd_assertion),
    ),
    "Response": Kind(RD, _signed_response, _read_posted_response),
    "Assertion-in-Response": Kind(
        RD,
        _rd_assertion,
        _read_posted_response,
        _under(lambda inner: response.write(a_response(inner), key_of(RD)), _rd_assertion),
    ),
    "LogoutRequest": Kind(DV, _logout_request, logout.read_request),
    "LogoutResponse": Kind(RD, _logout_response, logout.read_response),
    "Assertion": Kind(AD, lambda: assertion.write(_encrypted_assertion(), key_of(AD)), assertion.read),
}


def _encrypted_assertion() -> assertion.Assertion:
    sealed = an_encrypted_id(DV, BVD)
    made = an_assertion()
    return an_assertion(attributes=(*made.attributes, assertion.Attribute("urn:sealed", (sealed,))))


def written_anew(kind: Kind) -> bytes:
    """The document with its element parsed and written by lxml: a mutation that changes nothing."""
    return kind.attacked(same)
