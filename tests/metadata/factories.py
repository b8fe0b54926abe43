"""Parties with real keys and complete metadata; a test overrides the one thing it is about."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from metadata.certificates import Anchors, Certificate
from metadata.descriptors import write_entities, write_entity
from metadata.entities import Endpoint, Entity, OfferedService
from metadata.keys import KeyRing
from pilot.pki import Authority, Holder, Pki
from stelsel import urns
from stelsel.identifiers import EntityId, Oin, Role, ServiceUuid
from stelsel.saml.signatures import SigningKey, VerificationKey, sign

NOW = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
SERVICE = ServiceUuid("f847dc11-ac24-47b2-84a8-a057440ce56d")
OINS = {
    "gemeente": Oin("00000004000000010000"),
    "ziekenhuis": Oin("00000004000000020000"),
    "gateway": Oin("00000004000000149000"),
    "digid": Oin("00000004000000159000"),
    "bvd": Oin("00000004000000169000"),
    "lc": Oin("00000008000000020000"),
}
HOLDERS = tuple(Holder(name=name, oin=oin, organisation=f"Stichting {name}") for name, oin in OINS.items())
SIGNATURE = re.compile(r"<ds:Signature .*?</ds:Signature>", re.DOTALL)


def a_sign_on(host: str) -> Endpoint:
    """A SingleSignOnService."""
    return Endpoint(urns.HTTP_POST, f"https://{host}/sso")


def a_logout(host: str) -> Endpoint:
    """A SingleLogoutService."""
    return Endpoint(urns.HTTP_POST, f"https://{host}/slo")


def a_resolution(host: str, index: int = 0) -> Endpoint:
    """An ArtifactResolutionService."""
    return Endpoint(urns.SOAP, f"https://{host}/resolve", index)


def a_consumer(host: str, index: int = 0, *, is_default: bool = True, path: str = "acs") -> Endpoint:
    """An AssertionConsumerService."""
    return Endpoint(urns.HTTP_ARTIFACT, f"https://{host}/{path}", index, is_default)


@dataclass(frozen=True)
class Network:
    """The parties of a small network, by the names of `OINS`."""

    pki: Pki

    @property
    def anchors(self) -> Anchors:
        """Whose certificates all take."""
        return Anchors.from_pem(self.pki.anchors)

    def ring(self, name: str) -> KeyRing:
        """The keys of a party."""
        return KeyRing.from_folder(self.pki.ring(name))

    def key(self, name: str) -> SigningKey:
        """What it signs with."""
        return self.ring(name).signing(NOW)

    def entity(self, name: str, role: Role, **changes: Any) -> Entity:
        """A party in a role, without endpoints."""
        published = self.ring(name).published(NOW)
        values: dict[str, Any] = {
            "entity_id": EntityId.of(role, OINS[name], 9001),
            "signing_keys": published.signing,
            "encryption_keys": published.encryption,
            "valid_until": NOW + timedelta(days=30),
        }
        return Entity(**values | changes)

    def provider(self, name: str = "gemeente", **changes: Any) -> Entity:
        """A DV that connects by itself, with one service."""
        endpoints: dict[str, Any] = {
            "assertion_consumers": (a_consumer(f"{name}.example"),),
            "services": (OfferedService(0, SERVICE, True, {"nl": "Bijstand <aanvragen> & meer"}),),
        }
        return self.entity(name, "DV", **endpoints | changes)

    def cluster(self, **changes: Any) -> Entity:
        """An LC."""
        return self.entity("lc", "LC", **{"assertion_consumers": (a_consumer("lc.example"),)} | changes)

    def router(self, **changes: Any) -> Entity:
        """The RD as AD and BVD see it."""
        endpoints = {"assertion_consumers": (a_consumer("gateway.example"),), "encryption_keys": ()}
        return self.entity("gateway", "RD", **endpoints | changes)

    def _identity_provider(self, name: str, role: Role, changes: dict[str, Any]) -> Entity:
        endpoints: dict[str, Any] = {
            "single_sign_on": (a_sign_on(f"{name}.example"),),
            "artifact_resolution": (a_resolution(f"{name}.example"),),
        }
        return self.entity(name, role, **endpoints | changes)

    def front(self, **changes: Any) -> Entity:
        """The RD as DVs see it."""
        logout = {"single_logout": (a_logout("gateway.example"),), "encryption_keys": ()}
        return self._identity_provider("gateway", "RD", logout | changes)

    def authority(self, **changes: Any) -> Entity:
        """An AD."""
        return self._identity_provider("digid", "AD", {"encryption_keys": ()} | changes)

    def bvd(self, **changes: Any) -> Entity:
        """A BVD."""
        return self._identity_provider("bvd", "BVD", changes)

    def written(self, entity: Entity, **options: Any) -> bytes:
        """Its signed metadata."""
        return write_entity(entity, self.key(self.name_of(entity)), **options)

    def group(self, publisher: Entity, *providers: Entity) -> bytes:
        """The signed metadata of a router or LC with the DVs it supports."""
        return write_entities(publisher, providers, self.key(self.name_of(publisher)))

    def altered(self, data: bytes, signer: str, *changes: tuple[str, str]) -> bytes:
        """The document with texts replaced, each of which must be there, and signed again by `signer`."""
        text = SIGNATURE.sub("", data.decode(), count=1)
        for old, new in changes:
            if old not in text:
                raise AssertionError(f"{old} is not in the document")
            text = text.replace(old, new)
        return sign(text.encode(), self.key(signer))

    def name_of(self, entity: Entity) -> str:
        """Whose entity it is."""
        return next(name for name, oin in OINS.items() if oin == entity.entity_id.oin)


def a_certificate(
    network: Network,
    oin: Oin,
    *,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    usages: tuple[str, ...] = ("digital_signature",),
    extended: tuple[x509.ObjectIdentifier, ...] = (),
    first: datetime = NOW - timedelta(days=1),
    last: datetime = NOW + timedelta(days=100),
    issuer: Authority | None = None,
    serial_numbers: int = 1,
    points: tuple[str, ...] = (),
) -> bytes:
    """DER of a certificate by an authority, the network's own unless another is given."""
    made = key or generate_private_key(65537, 2048)
    by = issuer or network.pki.issuing
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Somebody")]
    names += [x509.NameAttribute(NameOID.SERIAL_NUMBER, oin.value)] * serial_numbers
    flags = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(by.certificate.subject)
        .public_key(made.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.KeyUsage(**{flag: flag in usages for flag in flags}), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
    )
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    if points:
        named = [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in points]
        builder = builder.add_extension(x509.CRLDistributionPoints(named), critical=False)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def a_list(
    issuer: Authority,
    *serials: int,
    first: datetime = NOW - timedelta(hours=1),
    until: datetime = NOW + timedelta(days=2),
    delta: bool = False,
) -> bytes:
    """DER of an authority's list of what it took back."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(first).next_update(until)
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(first).build()
        builder = builder.add_revoked_certificate(revoked)
    if delta:
        builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def a_key(der: bytes) -> VerificationKey:
    """A certificate as it stands in metadata."""
    return Certificate.read(der).verification_key()
