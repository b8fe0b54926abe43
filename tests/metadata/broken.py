"""Metadata that breaks one rule each, with the clause of that rule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.x509.oid import ExtendedKeyUsageOID

from metadata.descriptors import write_entities, write_entity
from metadata.entities import Endpoint, Entity, OfferedService
from stelsel import urns
from stelsel.identifiers import ServiceUuid
from stelsel.saml.signatures import VerificationKey, sign
from tests.metadata.factories import (
    NOW,
    OINS,
    SERVICE,
    SIGNATURE,
    Network,
    a_certificate,
    a_consumer,
    a_key,
    a_logout,
    a_resolution,
    a_sign_on,
)

Broken = Callable[[Network], bytes]
YESTERDAY = NOW - timedelta(days=1)
ENCRYPTING = ("key_encipherment",)


def changed(network: Network, what: str, *changes: tuple[str, str], **values: object) -> bytes:
    """Metadata of a party of the network, with texts replaced before it is signed."""
    party = getattr(network, what)(**values)
    return network.altered(network.written(party), network.name_of(party), *changes)


def a_strange_key(network: Network, name: str = "ziekenhuis", **how: Any) -> bytes:
    """A certificate that somebody else's metadata could rightly hold."""
    return a_certificate(network, OINS[name], **how)


def and_signing(network: Network, der: bytes) -> bytes:
    """The municipality's metadata, with one more signing certificate."""
    dv = network.provider()
    return network.written(replace(dv, signing_keys=(*dv.signing_keys, a_key(der))))


def and_encryption(network: Network, der: bytes) -> bytes:
    """The municipality's metadata, with one more encryption certificate."""
    dv = network.provider()
    return network.written(replace(dv, encryption_keys=(*dv.encryption_keys, a_key(der))))


def with_first_certificate_twice(network: Network) -> bytes:
    data = network.written(network.provider()).decode()
    start = data.index("<ds:X509Certificate>")
    end = data.index("</ds:X509Certificate>", start) + len("</ds:X509Certificate>")
    return network.altered(data.encode(), "gemeente", (data[start:end], data[start:end] * 2))


def with_one_name_for_two_keys(network: Network) -> bytes:
    first, second = network.provider().signing_keys
    return changed(network, "provider", (second.name, first.name))


def group_with(network: Network, **changes: Any) -> bytes:
    """The router's group with one DV in it, whose entry is not what a router writes."""
    router = network.router()
    listed = replace(network.provider().listed_by(router), **changes)
    return listing(network, "gateway", network.group(router), network.written(listed).decode())


def cluster_with(network: Network, **changes: Any) -> bytes:
    """An LC's group with one DV in it, whose entry is not what an LC may write."""
    cluster = network.cluster()
    listed = replace(network.provider().listed_by(cluster), **changes)
    return listing(network, "lc", network.group(cluster), network.written(listed).decode())


def listing(network: Network, signer: str, group: bytes, inner: str) -> bytes:
    """A group with one more entity, unsigned."""
    start, end = inner.index("<ds:Signature "), inner.index("</ds:Signature>") + len("</ds:Signature>")
    closing = "</md:EntitiesDescriptor>"
    return network.altered(group, signer, (closing, inner[:start] + inner[end:] + closing))


def nested(network: Network, signer: str, group: bytes, listed: Entity) -> bytes:
    """A group with one more entity, which somebody else than that entity signed."""
    closing = "</md:EntitiesDescriptor>"
    inner = write_entity(listed, network.key("ziekenhuis"), generic=True).decode()
    return network.altered(group, signer, (closing, inner + closing))


def unlisted(network: Network, what: str, signer: str) -> bytes:
    """Metadata of a party that lists no signing key: its signature brings the certificate."""
    bare = SIGNATURE.sub("", network.written(getattr(network, what)(signing_keys=())).decode(), count=1)
    return sign(bare.encode(), network.key(signer), x509=True)


def five_keys(network: Network, name: str, party: Entity) -> tuple[VerificationKey, ...]:
    """Those that it has, and more than it may have."""
    return (*party.signing_keys, *(a_key(a_strange_key(network, name)) for _ in range(3)))


def both_roles(network: Network) -> bytes:
    role = (
        '<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration='
        f'"{urns.SAMLP}"><md:SingleSignOnService Binding="{urns.HTTP_POST}" Location="https://x.example/sso"/>'
        "</md:IDPSSODescriptor><md:SPSSODescriptor "
    )
    return changed(network, "provider", ("<md:SPSSODescriptor ", role))


def services(*found: OfferedService) -> dict[str, Any]:
    return {"services": found}


def consumers(*found: Endpoint) -> dict[str, Any]:
    return {"assertion_consumers": found}


def at_post(host: str) -> Endpoint:
    return Endpoint(urns.HTTP_POST, f"https://{host}/acs", 0, True)


UNTIL = 'validUntil="2026-04-09T11:00:00Z"'
SAML11 = "urn:oasis:names:tc:SAML:1.1:protocol"
OTHER = ServiceUuid("00000000-ac24-47b2-84a8-a057440ce56d")
UUID_NAME = f'Name="{urns.SERVICE_UUID}"'
VALUE = f"<saml:AttributeValue>{SERVICE.value}</saml:AttributeValue>"


def party_twice(network: Network) -> bytes:
    """One DV listed twice, with another key each time: what is the same has the same ID, and is refused for that."""
    renewed = a_key(a_certificate(network, OINS["gemeente"], usages=("key_encipherment",)))
    return network.group(network.router(), network.provider(), network.provider(encryption_keys=(renewed,)))


BROKEN: dict[str, tuple[str, Broken]] = {
    # the document
    "expired": ("MD-GEN-03", lambda n: n.written(n.provider(valid_until=NOW))),
    "DV without any end": ("MD-GEN-03", lambda n: changed(n, "provider", (UNTIL, ""))),
    "AD without validUntil": ("MD-GEN-03", lambda n: changed(n, "authority", (UNTIL, 'cacheDuration="PT1H"'))),
    "BVD without validUntil": ("MD-GEN-03", lambda n: changed(n, "bvd", (UNTIL, 'cacheDuration="PT1H"'))),
    "RD as SP without validUntil": (
        "MD-GEN-03",
        lambda n: n.altered(n.group(n.router(), n.provider()), "gateway", (UNTIL, 'cacheDuration="PT1H"')),
    ),
    "role expired": (
        "MD-GEN-03",
        lambda n: changed(
            n, "provider", ("<md:SPSSODescriptor ", '<md:SPSSODescriptor validUntil="2026-03-10T11:00:00Z" ')
        ),
    ),
    "party twice": ("MD-GEN-01", lambda n: party_twice(n)),
    "group of a DV": (
        "MD-LC-01",
        lambda n: write_entities(n.provider(services=()), [n.provider("ziekenhuis")], n.key("gemeente")),
    ),
    "group with an AD": (
        "MD-GEN-01",
        lambda n: listing(n, "gateway", n.group(n.router()), n.written(n.authority()).decode()),
    ),
    "DV as identity provider": (
        "MD-GEN-01",
        lambda n: n.written(
            n.entity("gemeente", "DV", single_sign_on=(a_sign_on("x"),), artifact_resolution=(a_resolution("x"),))
        ),
    ),
    "two roles": ("MD-GEN-01", both_roles),
    # protocol and flags
    "SAML 1.1": (
        "MD-GEN-04",
        lambda n: changed(n, "provider", (f'Enumeration="{urns.SAMLP}"', f'Enumeration="{SAML11}"')),
    ),
    "DV signs no requests": ("MD-DV-01", lambda n: changed(n, "provider", ('AuthnRequestsSigned="true"', ""))),
    "DV wants no signature": (
        "MD-DV-01",
        lambda n: changed(n, "provider", ('WantAssertionsSigned="true"', 'WantAssertionsSigned="0"')),
    ),
    "LC signs no requests": ("MD-LC-02", lambda n: changed(n, "cluster", ('AuthnRequestsSigned="true"', ""))),
    "RD as SP signs no requests": (
        "MD-RS-02",
        lambda n: n.altered(n.group(n.router()), "gateway", ('AuthnRequestsSigned="true"', "")),
    ),
    "RD wants no signature": ("MD-RD-01", lambda n: changed(n, "front", ('WantAuthnRequestsSigned="true"', ""))),
    "AD wants no signature": ("MD-AD-01", lambda n: changed(n, "authority", ('WantAuthnRequestsSigned="true"', ""))),
    # keys
    "key without use": ("MD-DV-02", lambda n: changed(n, "provider", (' use="encryption"', ""))),
    "key without name": (
        "MD-GEN-05",
        lambda n: changed(n, "provider", (f"<ds:KeyName>{n.provider().encryption_keys[0].name}</ds:KeyName>", "")),
    ),
    "key with two certificates": ("MD-GEN-05", with_first_certificate_twice),
    "one name for two keys": ("MD-GEN-05", with_one_name_for_two_keys),
    "DV without encryption key": ("MD-DV-02", lambda n: n.written(n.provider(encryption_keys=()))),
    "BVD without encryption key": ("MD-AD-02", lambda n: n.written(n.bvd(encryption_keys=()))),
    "listed DV without encryption key": ("MD-RS-04", lambda n: group_with(n, encryption_keys=())),
    "LC's DV without encryption key": ("MD-LC-04", lambda n: cluster_with(n, encryption_keys=())),
    "signing certificate of another OIN": ("MD-GEN-02", lambda n: and_signing(n, a_strange_key(n))),
    "signing certificate with two OINs": (
        "MD-GEN-02",
        lambda n: and_signing(n, a_strange_key(n, "gemeente", serial_numbers=2)),
    ),
    "encryption certificate of another OIN": (
        "GEN-13",
        lambda n: and_encryption(n, a_strange_key(n, usages=ENCRYPTING)),
    ),
    "certificate for another use": (
        "GEN-13",
        lambda n: and_signing(n, a_strange_key(n, "gemeente", usages=ENCRYPTING)),
    ),
    "certificate for code signing": (
        "GEN-13",
        lambda n: and_signing(n, a_strange_key(n, "gemeente", extended=(ExtendedKeyUsageOID.CODE_SIGNING,))),
    ),
    "expired certificate": (
        "GEN-12",
        lambda n: and_signing(n, a_strange_key(n, "gemeente", first=YESTERDAY - timedelta(days=9), last=YESTERDAY)),
    ),
    "RD without signing key": ("MD-RD-01", lambda n: unlisted(n, "front", "gateway")),
    "RD as SP with five signing keys": (
        "MD-RS-02",
        lambda n: n.group(n.router(signing_keys=five_keys(n, "gateway", n.router()))),
    ),
    "AD without signing key": ("MD-AD-02", lambda n: unlisted(n, "authority", "digid")),
    "LC with five signing keys": (
        "MD-LC-02",
        lambda n: n.written(n.cluster(signing_keys=five_keys(n, "lc", n.cluster()))),
    ),
    "LC's DV with a signing key": (
        "MD-LC-04",
        lambda n: cluster_with(n, signing_keys=n.provider().signing_keys[:1]),
    ),
    "listed DV with a signing key": ("MD-RS-04", lambda n: group_with(n, signing_keys=n.provider().signing_keys[:1])),
    "LC's DV with a nested signature of another": (
        "MD-LC-01",
        lambda n: nested(n, "lc", n.group(n.cluster()), n.provider().listed_by(n.cluster())),
    ),
    "listed DV with a nested signature of another": (
        "MD-RS-01",
        lambda n: nested(n, "gateway", n.group(n.router()), n.provider().listed_by(n.router())),
    ),
    "RD as SP alone": ("MD-RS-01", lambda n: n.written(n.router())),
    "RD as IdP in a group": ("MD-RD-01", lambda n: write_entities(n.front(), [], n.key("gateway"))),
    "AD in a group": ("MD-AD-01", lambda n: write_entities(n.authority(), [], n.key("digid"))),
    # endpoints
    "DV takes answers by POST": ("MD-DV-04", lambda n: n.written(n.provider(**consumers(at_post("x.example"))))),
    "LC takes answers by POST": ("MD-LC-03", lambda n: n.written(n.cluster(**consumers(at_post("x.example"))))),
    "RD takes answers by POST": ("MD-RS-03", lambda n: n.group(n.router(**consumers(at_post("x.example"))))),
    "consumer index twice": (
        "MD-DV-04",
        lambda n: n.written(n.provider(**consumers(a_consumer("x", 1), a_consumer("y", 1, is_default=False)))),
    ),
    "two consumers, no default": (
        "MD-DV-04",
        lambda n: n.written(
            n.provider(**consumers(a_consumer("x", 1, is_default=False), a_consumer("y", 2, is_default=False)))
        ),
    ),
    "two default consumers": (
        "MD-DV-04",
        lambda n: n.written(n.provider(**consumers(a_consumer("x", 1), a_consumer("y", 2)))),
    ),
    "listed DV with two consumers": (
        "MD-RS-04",
        lambda n: group_with(n, **consumers(a_consumer("x", 1), a_consumer("y", 2, is_default=False))),
    ),
    "DV takes logout by Redirect": (
        "MD-DV-03",
        lambda n: n.written(n.provider(single_logout=(Endpoint(urns.HTTP_REDIRECT, "https://x.example/slo"),))),
    ),
    "RD as SP takes logout by Redirect": (
        "MD-RS-03",
        lambda n: n.group(n.router(single_logout=(Endpoint(urns.HTTP_REDIRECT, "https://x.example/slo"),))),
    ),
    "AD takes logout by Redirect": (
        "MD-AD-04",
        lambda n: n.written(n.authority(single_logout=(Endpoint(urns.HTTP_REDIRECT, "https://x.example/slo"),))),
    ),
    "RD without resolution": ("MD-RD-02", lambda n: n.written(n.front(artifact_resolution=()))),
    "LC's DV with two consumers": (
        "MD-LC-04",
        lambda n: cluster_with(n, **consumers(a_consumer("x", 1), a_consumer("y", 2, is_default=False))),
    ),
    "LC consumer index twice": (
        "MD-LC-03",
        lambda n: n.written(n.cluster(**consumers(a_consumer("x", 1), a_consumer("y", 1, is_default=False)))),
    ),
    "RD resolves elsewhere than by SOAP": (
        "MD-RD-02",
        lambda n: n.written(n.front(artifact_resolution=(Endpoint(urns.HTTP_POST, "https://x.example/r", 0),))),
    ),
    "resolution index twice": (
        "MD-AD-03",
        lambda n: n.written(n.authority(artifact_resolution=(a_resolution("x"), a_resolution("y")))),
    ),
    "AD without resolution": ("MD-AD-03", lambda n: n.written(n.authority(artifact_resolution=()))),
    "RD takes requests by Redirect": (
        "MD-RD-03",
        lambda n: n.written(
            n.front(single_sign_on=(a_sign_on("x"), Endpoint(urns.HTTP_REDIRECT, "https://x.example/sso")))
        ),
    ),
    "AD takes requests by Redirect": (
        "MD-AD-03",
        lambda n: n.written(n.authority(single_sign_on=(Endpoint(urns.HTTP_REDIRECT, "https://x.example/sso"),))),
    ),
    "RD without logout": ("MD-RD-04", lambda n: n.written(n.front(single_logout=()))),
    "BVD with logout": ("MD-AD-04", lambda n: n.written(n.bvd(single_logout=(a_logout("bvd.example"),)))),
    # services
    "two default services": (
        "MD-DV-05",
        lambda n: n.written(n.provider(**services(OfferedService(0, SERVICE, True), OfferedService(1, OTHER, True)))),
    ),
    "service index twice": (
        "MD-DV-05",
        lambda n: n.written(n.provider(**services(OfferedService(0, SERVICE, True), OfferedService(0, OTHER)))),
    ),
    "service without ServiceUUID": ("MD-DV-05", lambda n: changed(n, "provider", (UUID_NAME, 'Name="urn:x"'))),
    "service with two ServiceUUIDs": ("MD-DV-05", lambda n: changed(n, "provider", (VALUE, VALUE * 2))),
    "service with an impossible ServiceUUID": (
        "MD-DV-05",
        lambda n: changed(n, "provider", (SERVICE.value, "f847dc11 ac24")),
    ),
    "service with two names in one language": (
        "MD-DV-05",
        lambda n: changed(
            n,
            "provider",
            ("<md:RequestedAttribute", '<md:ServiceName xml:lang="nl">x</md:ServiceName><md:RequestedAttribute'),
        ),
    ),
    "LC's DV with services": (
        "MD-LC-04",
        lambda n: cluster_with(n, **services(OfferedService(0, SERVICE))),
    ),
    "services at an LC": ("MD-DV-05", lambda n: n.written(n.cluster(**services(OfferedService(0, SERVICE))))),
}
