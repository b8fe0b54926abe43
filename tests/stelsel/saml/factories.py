"""Keys of the test parties, made once per run, and messages to sign."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from stelsel.failures import UnknownIssuer
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.signatures import KeysOf, SigningKey, VerificationKey

DV = EntityId.of("DV", Oin("00000009999999999001"), 9000)
LC = EntityId.of("LC", Oin("00000009999999999002"), 9000)
RD = EntityId.of("RD", Oin("00000009999999999003"), 9000)
AD = EntityId.of("AD", Oin("00000009999999999004"), 9000)
BVD = EntityId.of("BVD", Oin("00000009999999999005"), 9000)

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
