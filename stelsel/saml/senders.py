"""What a metadata file says of its parties, for explaining their messages: nobody vouches for it, nothing trusts it.

Metadata that counts is read and verified by `metadata/descriptors`.
"""

import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
_KINDS: Final = (
    "AssertionConsumerService",
    "ArtifactResolutionService",
    "SingleSignOnService",
    "SingleLogoutService",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A party by its own word: its signing keys, and its endpoints by their numbers, or in order where they have none.

    `services` are the numbers of its AttributeConsumingServices, `connects` the DVs in the document of an LC.
    """

    entity_id: str
    keys: tuple[VerificationKey, ...]
    endpoints: Mapping[str, Mapping[str, str]]
    services: tuple[str, ...] = ()
    connects: tuple[str, ...] = ()

    @property
    def source_id(self) -> bytes:
        """By which its artifacts begin; SHA-1 is the standard's, and no security hangs on it."""
        return hashlib.sha1(self.entity_id.encode(), usedforsecurity=False).digest()

    @property
    def consumers(self) -> Mapping[str, str]:
        """The addresses of its AssertionConsumerServices by their index."""
        return self.endpoints["AssertionConsumerService"]

    @property
    def resolution(self) -> Mapping[str, str]:
        """The addresses of its ArtifactResolutionServices by their index."""
        return self.endpoints["ArtifactResolutionService"]

    def locations(self, kind: str) -> tuple[str, ...]:
        """The addresses of its endpoints of that kind."""
        return tuple(self.endpoints[kind].values())


def read_senders(data: bytes) -> tuple[Sender, ...]:
    """The parties of a metadata file. Raises `MessageMalformed`, `MessageTooLarge`."""
    root = parse(data, METADATA)
    if root.tag == f"{_MD}EntityDescriptor":
        return (_sender(root),)
    found = [_sender(entity) for entity in _children(root, f"{_MD}EntityDescriptor")]
    connects = tuple(each.entity_id for each in found[1:])
    return tuple(replace(each, connects=() if number else connects) for number, each in enumerate(found))


def merged(senders: Iterable[Sender]) -> tuple[Sender, ...]:
    """One for each party: a router publishes two documents, for DVs and for those whom it asks."""
    found: dict[str, Sender] = {}
    for each in senders:
        known = found.get(each.entity_id)
        found[each.entity_id] = each if known is None else _both(known, each)
    return tuple(found.values())


def _both(one: Sender, other: Sender) -> Sender:
    keys = {key.certificate: key for key in (*one.keys, *other.keys)}
    return Sender(
        entity_id=one.entity_id,
        keys=tuple(keys.values()),
        endpoints={kind: {**other.endpoints[kind], **one.endpoints[kind]} for kind in _KINDS},
        services=one.services or other.services,
        connects=one.connects or other.connects,
    )


def _sender(entity: Element) -> Sender:
    roles = [role for role in entity if role.tag in (f"{_MD}SPSSODescriptor", f"{_MD}IDPSSODescriptor")]
    keys = [key for role in roles for each in _children(role, f"{_MD}KeyDescriptor") for key in _keys(each)]
    services = [each for role in roles for each in _children(role, f"{_MD}AttributeConsumingService")]
    return Sender(
        entity_id=entity.get("entityID", ""),
        keys=tuple(keys),
        endpoints={kind: _endpoints(roles, kind) for kind in _KINDS},
        services=tuple(each.get("index", "none") for each in services),
    )


def _endpoints(roles: Iterable[Element], kind: str) -> Mapping[str, str]:
    """Addresses by index. An entity that is two parties by role may use an index twice: then both addresses count."""
    found: dict[str, str] = {}
    for number, each in enumerate(each for role in roles for each in _children(role, f"{_MD}{kind}")):
        index = each.get("index", f"number {number + 1}")
        found[index if index not in found else f"{index} again"] = each.get("Location", "")
    return found


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
        raise MessageMalformed(
            "a certificate that cannot be read",
            clause="MD-GEN-05",
            expected="an X.509 certificate",
            found="other bytes",
        ) from error
    if not isinstance(public, RSAPublicKey):
        raise MessageMalformed("a key that is not RSA", clause="GEN-13", expected="RSA", found=type(public).__name__)
    return public


def _children(element: Element, tag: str) -> list[Element]:
    return [child for child in element if child.tag == tag]
