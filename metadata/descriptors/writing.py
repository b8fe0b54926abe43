"""Writes metadata as ST-SAML has it, and signs it: one party for its peers, or the router with every DV it supports."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from metadata.descriptors import tags
from metadata.entities import Endpoint, Entity, OfferedService
from stelsel import urns
from stelsel.failures import Misconfigured
from stelsel.saml.signatures import SigningKey, VerificationKey, sign

NAMESPACES: Final = f'xmlns:md="{urns.MD}" xmlns:ds="{urns.DS}" xmlns:saml="{urns.SAML}"'


def write_entity(entity: Entity, key: SigningKey, *, generic: bool = False, cache: str | None = None) -> bytes:
    """The signed EntityDescriptor of one party: RD for DVs, AD or BVD for the RD, DV (MD-DV, MD-RD, MD-AD).

    `generic` is the rendering for service providers outside the profile (clients 4): the X509Certificate alone in the
    signature's KeyInfo, and HTTP-Redirect beside HTTP-POST at the same locations. `cache` is the cacheDuration: how
    long readers may go by what they have. Raises `Misconfigured` without `valid_until` (MD-GEN-03).
    """
    return sign(_entity(entity, NAMESPACES, _end(entity, cache), generic=generic).encode(), key, x509=generic)


def write_entities(router: Entity, providers: Iterable[Entity], key: SigningKey, *, cache: str | None = None) -> bytes:
    """The signed EntitiesDescriptor of a router for AD and BVD, with every DV it supports (MD-RS-01 to MD-RS-04).

    `providers` are the DVs as their own metadata has them; listed are their encryption keys. One that has none now is
    left out: nobody could encrypt for it, and readers would refuse the whole document.
    """
    inside = [_entity(router, "", "")]
    inside += [_entity(provider.listed_by(router), "", "") for provider in providers if provider.encryption_keys]
    listed, end = "".join(inside), _end(router, cache)
    return sign(
        f'<md:EntitiesDescriptor {NAMESPACES} ID="{_id(end, listed)}"{end}>{listed}</md:EntitiesDescriptor>'.encode(),
        key,
    )


def _end(entity: Entity, cache: str | None) -> str:
    if entity.valid_until is None:
        raise Misconfigured("metadata without an end", clause="MD-GEN-03", found=entity.entity_id.value)
    return f' validUntil="{_instant(entity.valid_until)}"' + (f" cacheDuration={quoteattr(cache)}" if cache else "")


def _id(*parts: str) -> str:
    """From what it names: processes that share keys write the same document, so that none is older than another's."""
    return f"_{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:40]}"


def _entity(entity: Entity, namespaces: str, end: str, *, generic: bool = False) -> str:
    role = _identity_provider(entity, generic) if entity.single_sign_on else _service_provider(entity, generic)
    said, name = f"{role}{_organization(entity)}", quoteattr(entity.entity_id.value)
    return (
        f'<md:EntityDescriptor {namespaces} ID="{_id(name, end, said)}" entityID={name}{end}>{said}'
        "</md:EntityDescriptor>"
    )


def _identity_provider(entity: Entity, generic: bool) -> str:
    return (
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="{tags.PROTOCOL}">'
        + _keys(entity)
        + _endpoints("ArtifactResolutionService", entity.artifact_resolution)
        + _endpoints("SingleLogoutService", _rebound(entity.single_logout, generic))
        + (f"<md:NameIDFormat>{urns.TRANSIENT}</md:NameIDFormat>" if generic else "")
        + _endpoints("SingleSignOnService", _rebound(entity.single_sign_on, generic))
        + "</md:IDPSSODescriptor>"
    )


def _service_provider(entity: Entity, generic: bool) -> str:
    # A DV that a router lists signs nothing there, so its descriptor promises nothing (MD-RS-04).
    flags = ' AuthnRequestsSigned="true" WantAssertionsSigned="true"' if entity.signing_keys else ""
    return (
        f'<md:SPSSODescriptor{flags} protocolSupportEnumeration="{tags.PROTOCOL}">'
        + _keys(entity)
        + _endpoints("SingleLogoutService", _rebound(entity.single_logout, generic))
        + _endpoints("AssertionConsumerService", entity.assertion_consumers)
        + "".join(map(_service, entity.services))
        + "</md:SPSSODescriptor>"
    )


def _keys(entity: Entity) -> str:
    return "".join(
        _key(use, key)
        for use, keys in (("signing", entity.signing_keys), ("encryption", entity.encryption_keys))
        for key in keys
    )


def _key(use: str, key: VerificationKey) -> str:
    """KeyName and certificate both (MD-GEN-05)."""
    return (
        f'<md:KeyDescriptor use="{use}"><ds:KeyInfo><ds:KeyName>{escape(key.name)}</ds:KeyName><ds:X509Data>'
        f"<ds:X509Certificate>{base64.b64encode(key.certificate).decode()}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def _endpoints(name: str, endpoints: Iterable[Endpoint]) -> str:
    return "".join(
        f"<md:{name} Binding={quoteattr(endpoint.binding)} Location={quoteattr(endpoint.location)}"
        + (f" ResponseLocation={quoteattr(endpoint.response_location)}" if endpoint.response_location else "")
        + (f' index="{endpoint.index}"' if endpoint.index is not None else "")
        + (' isDefault="true"' if endpoint.is_default else "")
        + "/>"
        for endpoint in endpoints
    )


def _rebound(endpoints: Sequence[Endpoint], generic: bool) -> Sequence[Endpoint]:
    """For generic parties each HTTP-POST address a second time, for HTTP-Redirect (clients 4.1, 4.6)."""
    redirects = [
        Endpoint(urns.HTTP_REDIRECT, endpoint.location)
        for endpoint in endpoints
        if generic and endpoint.binding == urns.HTTP_POST
    ]
    return [*endpoints, *redirects]


def _service(service: OfferedService) -> str:
    """One AttributeConsumingService, its attributes spelled as in the schema (MD-DV-05, C-16)."""
    uuid = escape(service.uuid.value)
    names = service.names or {"nl": service.uuid.value}  # the schema wants a name
    default = ' isDefault="true"' if service.is_default else ""
    return (
        f'<md:AttributeConsumingService index="{service.index}"{default}>'
        + _localised("ServiceName", names)
        + f'<md:RequestedAttribute Name="{urns.SERVICE_UUID}"><saml:AttributeValue>{uuid}</saml:AttributeValue>'
        "</md:RequestedAttribute></md:AttributeConsumingService>"
    )


def _organization(entity: Entity) -> str:
    """Name and web site, when both are known: the schema has no Organization without either."""
    if not entity.names or entity.url is None:
        return ""
    return (
        "<md:Organization>"
        + _localised("OrganizationName", entity.names)
        + _localised("OrganizationDisplayName", entity.names)
        + _localised("OrganizationURL", {"nl": entity.url})
        + "</md:Organization>"
    )


def _localised(name: str, texts: Mapping[str, str]) -> str:
    return "".join(
        f"<md:{name} xml:lang={quoteattr(language)}>{escape(text)}</md:{name}>" for language, text in texts.items()
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
