"""Certificates as PKIoverheid makes them: whose they are, what they are for, and who vouches for them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from metadata.defects import MetadataDefect
from stelsel.failures import BadIdentifier, MessageRefused, Misconfigured
from stelsel.identifiers import Oin
from stelsel.saml.signatures import VerificationKey

Use = Literal["signing", "encryption"]

KEY_BITS: Final = 2048  # GEN-13
_UNFIT: Final[Mapping[Use, MetadataDefect]] = {
    "signing": MetadataDefect.NOT_FOR_SIGNING,
    "encryption": MetadataDefect.NOT_FOR_ENCRYPTION,
}
HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
# What a certificate that names extended usages must name one of, to sign messages: PKIoverheid gives services'
# certificates the two of TLS, and seals the two of documents and mail (GEN-13).
SIGNING_USAGES: Final = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # document signing, RFC 9336
        x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # document signing, before RFC 9336
    }
)


@dataclass(frozen=True, slots=True)
class Validity:
    """From when and until when a certificate holds, both included (RFC 5280 4.1.2.5)."""

    first: datetime
    last: datetime

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies inside."""
        return self.first <= at <= self.last


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate, read. Nothing is judged yet."""

    der: bytes = field(repr=False)
    parsed: x509.Certificate = field(repr=False, compare=False)

    @classmethod
    def read(cls, der: bytes) -> Self:
        """One that somebody sent. Raises `MessageRefused` when this is no certificate."""
        try:
            read = cls.recall(der)
            _ = read.parsed.subject, read.validity  # parsed when first asked: better now than halfway a rule
        except (ValueError, TypeError, x509.InvalidVersion) as error:
            raise MessageRefused(
                "not an X.509 certificate",
                clause="GEN-13",
                expected="DER of a certificate",
                found=f"{len(der)} other bytes",
                defect=MetadataDefect.NOT_A_CERTIFICATE,
            ) from error
        return read

    @classmethod
    def recall(cls, der: bytes) -> Self:
        """One that was read before and found sound: its fields are parsed when asked for, which most never are."""
        return cls(der, x509.load_der_x509_certificate(der))

    @property
    def name(self) -> str:
        """The KeyName we publish it under: SHA-256 of the DER in hexadecimal (MD-GEN-05)."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def validity(self) -> Validity:
        """Its notBefore and notAfter."""
        return Validity(self.parsed.not_valid_before_utc, self.parsed.not_valid_after_utc)

    @property
    def oin(self) -> Oin | None:
        """The OIN in the subject's serialNumber (2.5.4.5), when there is exactly one and it is one (MD-GEN-02)."""
        found = self.parsed.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
        try:
            return Oin(str(found[0].value)) if len(found) == 1 else None
        except BadIdentifier:
            return None

    @property
    def public(self) -> RSAPublicKey | None:
        """Its key, None when that is not RSA (GEN-01)."""
        try:
            key = self.parsed.public_key()
        except (ValueError, UnsupportedAlgorithm):
            return None
        return key if isinstance(key, RSAPublicKey) else None

    def verification_key(self, name: str | None = None) -> VerificationKey:
        """Its key under that KeyName, else under our own. Raises `MessageRefused` when it is not RSA (GEN-01)."""
        public = self.public
        if public is None:
            raise MessageRefused(
                "not an RSA key", clause="GEN-01", expected="RSA", found="another", defect=MetadataDefect.NOT_RSA
            )
        return VerificationKey(name=name or self.name, public=public, certificate=self.der)

    def weaknesses(self, use: Use | None) -> Iterator[tuple[MetadataDefect, str, str]]:
        """Name, clause and reason of all that makes it unfit for `use`, None: for any; dates and chain apart."""
        public = self.public
        if public is None:
            yield MetadataDefect.NOT_RSA, "GEN-01", "not an RSA key"
        elif public.key_size < KEY_BITS:
            yield MetadataDefect.SHORT_KEY, "GEN-13", f"RSA key of {public.key_size} bits, under {KEY_BITS}"
        if self._hash() not in HASHES:
            yield MetadataDefect.WEAK_HASH, "GEN-02", f"certificate signed over {self._hash()}"
        if use is not None and not self._permits(use):
            yield _UNFIT[use], "GEN-13", f"key usage does not permit {use}"

    def _hash(self) -> str:
        try:
            algorithm = self.parsed.signature_hash_algorithm
        except (UnsupportedAlgorithm, ValueError):
            return "an unknown hash"
        return algorithm.name if algorithm else "an unknown hash"

    def _permits(self, use: Use) -> bool:
        try:
            extensions = self.parsed.extensions
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            return False
        usage = next((each.value for each in extensions if isinstance(each.value, x509.KeyUsage)), None)
        extended = next((each.value for each in extensions if isinstance(each.value, x509.ExtendedKeyUsage)), None)
        if use == "encryption":
            return usage is None or usage.key_encipherment or usage.data_encipherment
        return (usage is None or usage.digital_signature or usage.content_commitment) and (
            extended is None or not SIGNING_USAGES.isdisjoint(extended)
        )


class Anchors:
    """The authorities whose certificates we take: PKIoverheid's, or those of a pilot network."""

    def __init__(self, authorities: Iterable[x509.Certificate]) -> None:
        self.authorities = tuple(authorities)
        self._store = Store(list(self.authorities))

    @classmethod
    def from_pem(cls, path: Path) -> Self:
        """Every certificate of a PEM file is an authority. Raises `Misconfigured`."""
        try:
            return cls(x509.load_pem_x509_certificates(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{path} holds no certificates of authorities") from error

    def vouch_for(self, certificate: Certificate, at: datetime) -> bool:
        """Whether it holds at `at` and a chain of ours, holding too, ends in it (GEN-12)."""
        policy = (
            PolicyBuilder()
            .store(self._store)
            .time(at)
            # What a party's certificate is for is judged by `weaknesses`; the rules for web servers do not fit it.
            .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all())
        )
        try:
            policy.build_client_verifier().verify(certificate.parsed, [])
        except (VerificationError, ValueError):
            return False
        return True

    def path_of(self, certificate: x509.Certificate) -> Iterator[tuple[x509.Certificate, x509.Certificate]]:
        """Each certificate from this one up to a root, with the authority of ours that issued it; a root not itself."""
        while certificate.issuer != certificate.subject:
            issuer = next((each for each in self.authorities if _issued(each, certificate)), None)
            if issuer is None or issuer == certificate:
                return
            yield certificate, issuer
            certificate = issuer


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    if issuer.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def read_pem(data: bytes) -> tuple[Certificate, ...]:
    """The certificates in PEM text, in its order. Raises `ValueError`."""
    return tuple(Certificate(each.public_bytes(Encoding.DER), each) for each in x509.load_pem_x509_certificates(data))
