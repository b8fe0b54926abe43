"""What a metadata file says of its parties, for explaining their messages: nobody vouches for it, nothing trusts it.

Metadata that counts is read and verified by `metadata/descriptors`.
"""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from stelsel import urns
from stelsel.failures import MessageMalformed
from stelsel.saml import shape
from stelsel.saml.signatures import VerificationKey
from stelsel.saml.xml import METADATA, Element, parse

_MD: Final = f"{{{urns.MD}}}"
_DS: Final = f"{{{urns.DS}}}"
_MOST_CERTIFICATE_CHARS: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Sender:
    """A party by its own word: its signing keys, and the numbers of its AssertionConsumerServices."""

    entity_id: str
    keys: tuple[VerificationKey, ...]
    consumers: tuple[str, ...]


def read_senders(data: bytes) -> tuple[Sender, ...]:
    """The parties of a metadata file. Raises `MessageMalformed`, `MessageTooLarge`."""
    root = parse(data, METADATA)
    entities = [root] if root.tag == f"{_MD}EntityDescriptor" else _children(root, f"{_MD}EntityDescriptor")
    return tuple(_sender(entity) for entity in entities)


def _sender(entity: Element) -> Sender:
    roles = [role for role in entity if role.tag in (f"{_MD}SPSSODescriptor", f"{_MD}IDPSSODescriptor")]
    keys = [key for role in roles for each in _children(role, f"{_MD}KeyDescriptor") for key in _keys(each)]
    consumers = [
        each.get("index", "none") for role in roles for each in _children(role, f"{_MD}AssertionConsumerService")
    ]
    return Sender(entity.get("entityID", ""), tuple(keys), tuple(consumers))


def _keys(descriptor: Element) -> Iterator[VerificationKey]:
    if descriptor.get("use") == "encryption":
        return
    for info in _children(descriptor, f"{_DS}KeyInfo"):
        names = [shape.leaf(name) for name in _children(info, f"{_DS}KeyName")]
        for data in _children(info, f"{_DS}X509Data"):
            for each in _children(data, f"{_DS}X509Certificate"):
                der = shape.base64_leaf(each, _MOST_CERTIFICATE_CHARS)
                yield VerificationKey(names[0] if names else "", _public(der), der)


def _public(der: bytes) -> RSAPublicKey:
    try:
        public = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, binascii.Error) as error:
        raise MessageMalformed("a certificate that cannot be read", clause="MD-GEN-05") from error
    if not isinstance(public, RSAPublicKey):
        raise MessageMalformed("a key that is not RSA", clause="GEN-13", expected="RSA", found=type(public).__name__)
    return public


def _children(element: Element, tag: str) -> list[Element]:
    return [child for child in element if child.tag == tag]
