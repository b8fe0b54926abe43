"""Keys of the test parties, made once per run, and messages to sign."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from stelsel import urns
from stelsel.failures import UnknownIssuer
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.saml import assertion, response
from stelsel.saml.artifact import ArtifactResolve, ArtifactResponse, make_artifact, write_response
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.encryption import DecryptionKey, EncryptedId, NameId, Recipient, encrypt_id, renamed
from stelsel.saml.ids import new_id
from stelsel.saml.response import Response, Status
from stelsel.saml.signatures import KeysOf, SigningKey, VerificationKey

DV = EntityId.of("DV", Oin("00000009999999999001"), 9000)
LC = EntityId.of("LC", Oin("00000009999999999002"), 9000)
RD = EntityId.of("RD", Oin("00000009999999999003"), 9000)
AD = EntityId.of("AD", Oin("00000009999999999004"), 9000)
BVD = EntityId.of("BVD", Oin("00000009999999999005"), 9000)

SERVICE = ServiceUuid("0a1b2c3d-0000-4000-8000-000000000001")
NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


@cache
def a_key(owner: str, bits: int = 2048) -> SigningKey:
    """The key of `owner`; the same one for the same name."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=3650))
        .sign(private, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    return SigningKey(name=hashlib.sha256(certificate).hexdigest(), private=private, certificate=certificate)


def public(key: SigningKey) -> VerificationKey:
    """What metadata would say of `key`."""
    return VerificationKey(name=key.name, public=key.private.public_key(), certificate=key.certificate)


def key_of(entity: EntityId) -> SigningKey:
    """The signing key of a test party."""
    return a_key(entity.value)


def keys_of_all(*entities: EntityId) -> KeysOf:
    """A lookup that knows these parties (all of them by default), one signing key each."""
    known = {entity: (public(key_of(entity)),) for entity in entities or (DV, LC, RD, AD, BVD)}

    def keys_of(entity: EntityId) -> tuple[VerificationKey, ...]:
        if entity not in known:
            raise UnknownIssuer(found=entity.value)
        return known[entity]

    return keys_of


def decryption_key(owner: str) -> DecryptionKey:
    """The private side of the encryption key of `owner`."""
    key = a_key(f"{owner} encryption")
    return DecryptionKey(key.name, key.private)


def a_recipient(entity: EntityId, *owners: str) -> Recipient:
    """`entity` with an encryption key per owner; by default one of its own."""
    names = owners or (entity.value,)
    return Recipient(entity, tuple(public(a_key(f"{name} encryption")) for name in names))


def an_encrypted_id(*recipients: EntityId, value: str = "999990019") -> EncryptedId:
    """A BSN for these parties, by default the DV."""
    return encrypt_id(NameId(urns.LEGACY_BSN, value), [a_recipient(each) for each in recipients or (DV,)])


def a_request(**changes: Any) -> AuthnRequest:
    """The AuthnRequest of a DV that names its service by Extensions."""
    values: dict[str, Any] = {
        "id": new_id(),
        "issue_instant": NOON,
        "destination": "https://rd.test/sso",
        "issuer": DV,
        "acs_index": 0,
        "intended_audience": DV,
        "service": SERVICE,
    }
    return AuthnRequest(**{**values, **changes})


def an_assertion(**changes: Any) -> Assertion:
    """What an AD declares about somebody who represents nobody."""
    values: dict[str, Any] = {
        "id": new_id(),
        "issue_instant": NOON,
        "issuer": AD,
        "name_id": "_transient",
        "recipient": "https://rd.test/acs",
        "in_response_to": "_request",
        "confirm_until": NOON + timedelta(minutes=2),
        "not_before": NOON - timedelta(minutes=2),
        "not_on_or_after": NOON + timedelta(minutes=2),
        "audiences": (RD,),
        "authn_instant": NOON,
        "session_index": "_transient",
        "context_class": urns.LOA_HIGH,
        "attributes": (
            Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
            Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV),)),
        ),
    }
    return Assertion(**{**values, **changes})


def a_response(assertion: bytes | None, **changes: Any) -> Response:
    """A Response of the RD around `assertion`."""
    values: dict[str, Any] = {
        "id": new_id(),
        "in_response_to": "_request",
        "issue_instant": NOON,
        "destination": "https://dv.test/acs",
        "issuer": RD,
        "status": Status(urns.STATUS_SUCCESS),
        "assertion": assertion,
    }
    return Response(**{**values, **changes})


def an_artifact_response(response: bytes | None, **changes: Any) -> ArtifactResponse:
    """An ArtifactResponse of the RD around `response`."""
    values: dict[str, Any] = {
        "id": new_id(),
        "in_response_to": "_resolve",
        "issue_instant": NOON,
        "issuer": RD,
        "status": Status(urns.STATUS_SUCCESS),
        "response": response,
    }
    return ArtifactResponse(**{**values, **changes})


def a_resolve(**changes: Any) -> ArtifactResolve:
    """An ArtifactResolve of the DV."""
    values: dict[str, Any] = {
        "id": new_id(),
        "issue_instant": NOON,
        "destination": "https://rd.test/resolve",
        "issuer": DV,
        "artifact": make_artifact(RD, 1, b"h" * 20),
    }
    return ArtifactResolve(**{**values, **changes})


def a_resolved_login() -> bytes:
    """SOAP > ArtifactResponse > Response > RD assertion > Advice > assertions of AD and BVD: what a DV receives."""
    ad = assertion.write(an_assertion(attributes=_about(an_encrypted_id(DV, BVD))), key_of(AD))
    sealed = an_encrypted_id(DV, value="999990020")
    legal = Attribute(urns.LEGAL_SUBJECT_ID, (sealed,))
    bvd = assertion.write(
        an_assertion(
            issuer=BVD, context_class=urns.UNSPECIFIED_CONTEXT, attributes=(*_about(an_encrypted_id(DV)), legal)
        ),
        key_of(BVD),
    )
    summary = assertion.write(
        an_assertion(
            issuer=RD,
            audiences=(DV,),
            authorities=(AD, BVD),
            attributes=(*_about(an_encrypted_id(DV)), Attribute(urns.LEGAL_SUBJECT_ID, (renamed(sealed, "-1"),))),
            advice=tuple(assertion.read(each, keys_of_all()).evidence for each in (ad, bvd)),
        ),
        key_of(RD),
    )
    return soap_wrap(write_response(an_artifact_response(response.write(a_response(summary))), key_of(RD)))


def _about(acting: EncryptedId) -> tuple[Attribute, ...]:
    return Attribute(urns.SERVICE_UUID, (SERVICE.value,)), Attribute(urns.ACTING_SUBJECT_ID, (acting,))
