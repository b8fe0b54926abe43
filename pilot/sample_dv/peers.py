"""The other parties as their metadata describes them, read and verified by the sample DV's own lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from saml2.md import entity_descriptor_from_string

from pilot.sample_dv import xml
from pilot.sample_dv.signatures import NotSigned, Signatures

POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SOAP: Final = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"


class MetadataRefused(Exception):
    """Expired, unsigned, or signed by somebody that the certificate authority does not vouch for (MD-GEN-01)."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A gateway, AD or BVD: its signing certificates (DER), where it takes requests, where its artifacts resolve."""

    entity_id: str
    certificates: tuple[bytes, ...] = field(repr=False)
    single_sign_on: str | None = None
    single_logout: str | None = None
    artifact_resolution: Mapping[int, str] = field(default_factory=dict)


def read_peer(metadata: bytes, authority: Path, own: Path, at: datetime) -> Peer:
    """The identity-providing party that one signed EntityDescriptor is about. Raises `MetadataRefused`.

    It must hold at `at` and be signed with a key from inside itself, whose certificate was issued by an `authority`
    to the OIN of the entityID (MD-GEN-02, MD-GEN-03). `own` is a key file of ours: pysaml2 wants one to check anything.
    """
    try:
        root = xml.parse(metadata)
        if root.tag != xml.tag("md:EntityDescriptor"):
            raise MetadataRefused("not one EntityDescriptor")
        until = root.get("validUntil")
        if until is None and root.get("cacheDuration") is None:
            raise MetadataRefused("neither validUntil nor cacheDuration")
        if until is not None and xml.instant(until) <= at:
            raise MetadataRefused("validUntil has passed")
        peer = _peer(root)
    except xml.Unreadable as error:
        raise MetadataRefused(str(error)) from error
    _check_signature(root, peer, authority, own, at)
    return peer


def _peer(entity: xml.Element) -> Peer:
    role = xml.child(entity, "md:IDPSSODescriptor")
    return Peer(
        entity_id=xml.attribute(entity, "entityID"),
        certificates=tuple(_signing_certificates(role)),
        single_sign_on=_location(role, "md:SingleSignOnService"),
        single_logout=_location(role, "md:SingleLogoutService"),
        artifact_resolution={
            int(xml.attribute(each, "index")): xml.attribute(each, "Location")
            for each in xml.children(role, "md:ArtifactResolutionService")
            if each.get("Binding") == SOAP
        },
    )


def _location(role: xml.Element, service: str) -> str | None:
    """Where it takes messages of that kind by HTTP-POST."""
    return next((each.get("Location") for each in xml.children(role, service) if each.get("Binding") == POST), None)


def _signing_certificates(role: xml.Element) -> list[bytes]:
    return [
        x509.load_pem_x509_certificate(
            b"-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % (element.text or "").strip().encode()
        ).public_bytes(Encoding.DER)
        for key in xml.children(role, "md:KeyDescriptor")
        if key.get("use") in (None, "signing")
        for element in xml.children(key, "ds:KeyInfo/ds:X509Data/ds:X509Certificate")
    ]


def _check_signature(root: xml.Element, peer: Peer, authority: Path, own: Path, at: datetime) -> None:
    authorities = x509.load_pem_x509_certificates(authority.read_bytes())
    vouched = tuple(der for der in peer.certificates if _is_vouched_for(der, peer.entity_id, authorities, at))
    text = xml.source(root)
    try:
        signatures = Signatures(own, {peer.entity_id: vouched})
        signatures.check(entity_descriptor_from_string(text), text, peer.entity_id)
    except NotSigned as error:
        raise MetadataRefused("not signed by a party that the authority knows") from error


def _is_vouched_for(der: bytes, signer: str, authorities: Sequence[x509.Certificate], at: datetime) -> bool:
    """Whether an authority of ours issued this certificate, it holds at `at`, and its OIN is the signer's."""
    certificate = x509.load_der_x509_certificate(der)
    oins = [str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    if not certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc or not any(
        f":{oin}:" in signer for oin in oins
    ):
        return False
    return any(_issued_by(certificate, authority) for authority in authorities)


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
