"""Every rule of metadata, broken alone: it is named with its clause, and the document is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from metadata.certificates import Anchors
from metadata.descriptors import find_flaws, read_metadata, write_entities
from metadata.descriptors.findings import Terms
from metadata.entities import Endpoint, OfferedService
from metadata.trust import TrustStore
from stelsel import urns
from stelsel.failures import MessageRefused
from stelsel.identifiers import ServiceUuid
from tests.metadata.factories import (
    NOW,
    OINS,
    SERVICE,
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


def a_strange_key(network: Network, name: str = "ziekenhuis", **how: object) -> bytes:
    """A certificate that somebody else's metadata could rightly hold."""
    return a_certificate(network, OINS[name], **how)  # type: ignore[arg-type]


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


def group_with(network: Network, **changes: object) -> bytes:
    """The router's group with one DV in it, whose entry is not what a router writes."""
    router = network.router()
    listed = replace(network.provider().listed_by(router), **changes)  # type: ignore[arg-type]
    return listing(network, "gateway", network.group(router), network.written(listed).decode())


def cluster_with(network: Network, **changes: object) -> bytes:
    """An LC's group with one DV in it, whose entry is not what an LC may write."""
    cluster = network.cluster()
    listed = replace(network.provider().listed_by(cluster), **changes)  # type: ignore[arg-type]
    return listing(network, "lc", network.group(cluster), network.written(listed).decode())


def listing(network: Network, signer: str, group: bytes, inner: str) -> bytes:
    """A group with one more entity, unsigned."""
    start, end = inner.index("<ds:Signature "), inner.index("</ds:Signature>") + len("</ds:Signature>")
    closing = "</md:EntitiesDescriptor>"
    return network.altered(group, signer, (closing, inner[:start] + inner[end:] + closing))


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
    "party twice": ("MD-GEN-01", lambda n: n.group(n.router(), n.provider(), n.provider())),
    "group of a DV": (
        "MD-RS-01",
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
    "RD as SP signs no requests": ("MD-RS-02", lambda n: changed(n, "router", ('AuthnRequestsSigned="true"', ""))),
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
    # endpoints
    "DV takes answers by POST": ("MD-DV-04", lambda n: n.written(n.provider(**consumers(at_post("x.example"))))),
    "LC takes answers by POST": ("MD-LC-03", lambda n: n.written(n.cluster(**consumers(at_post("x.example"))))),
    "RD takes answers by POST": ("MD-RS-03", lambda n: n.written(n.router(**consumers(at_post("x.example"))))),
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
    "services at an LC": ("MD-DV-05", lambda n: n.written(n.cluster(**services(OfferedService(0, SERVICE))))),
}


@pytest.mark.clause(
    *("MD-GEN-01", "MD-GEN-02", "MD-GEN-03", "MD-GEN-04", "MD-GEN-05"),
    *("MD-DV-01", "MD-DV-02", "MD-DV-03", "MD-DV-04", "MD-DV-05", "MD-LC-02", "MD-LC-03", "MD-LC-04"),
    *("MD-RD-01", "MD-RD-02", "MD-RD-03", "MD-RD-04", "MD-RS-01", "MD-RS-02", "MD-RS-03", "MD-RS-04"),
    *("MD-AD-01", "MD-AD-02", "MD-AD-03", "MD-AD-04", "GEN-12", "GEN-13"),
)
@pytest.mark.parametrize("name", BROKEN)
def test_metadata_that_breaks_one_rule_is_refused_by_that_rule_alone(
    name: str, network: Network, anchors: Anchors
) -> None:
    clause, broken = BROKEN[name]
    data = broken(network)
    found = list(find_flaws(data, Terms(anchors=anchors, at=NOW)))
    assert {finding.clause for finding in found} == {clause}, found
    with pytest.raises(MessageRefused) as refused:
        read_metadata(data, anchors, NOW)
    assert refused.value.broken_clause == clause


@pytest.mark.clause("MD-GEN-03")
def test_a_document_without_an_id_is_named_as_such(network: Network, anchors: Anchors) -> None:
    data = network.written(network.provider())
    without = data.replace(data[data.index(b' ID="') : data.index(b" entityID=")], b"")
    assert "MD-GEN-03" in {finding.clause for finding in find_flaws(without, Terms(anchors=anchors, at=NOW))}


@pytest.mark.clause("GEN-19")
@pytest.mark.parametrize(
    "location",
    [
        "javascript:alert(1)",
        "http://dv.example/acs",
        "http://localhost/acs",
        "http://localhost.example/acs",
        "data:text/html,x",
        "//dv.example/acs",
        "/acs",
        "https:///acs",
        "https://user:word@dv.example/acs",
        "https://dv.example/acs#fragment",
        "https://dv.example/a cs",
        "https://dv.example/acs&#10;Set-Cookie:x",
        "https://dv.example:99999/acs",
        "https://dv.example\\@evil.example/acs",
        "https://dvé.example/acs",
        "ftp://dv.example/acs",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(location: str, network: Network, anchors: Anchors) -> None:
    data = changed(network, "provider", ("https://gemeente.example/acs", location))
    with pytest.raises(MessageRefused) as refused:
        read_metadata(data, anchors, NOW)
    assert refused.value.broken_clause == "GEN-19"


@pytest.mark.parametrize("location", ["http://dv.example/acs", "http://10.0.0.1/acs", "javascript:alert(1)"])
def test_only_this_machine_may_speak_http_where_the_network_lets_it_through(
    location: str, network: Network, anchors: Anchors
) -> None:
    data = changed(network, "provider", ("https://gemeente.example/acs", location))
    with pytest.raises(MessageRefused):
        read_metadata(data, anchors, NOW, loopback=True)


def test_a_certificate_for_a_coming_roll_over_is_taken(network: Network, anchors: Anchors) -> None:
    soon = a_certificate(network, OINS["gemeente"], first=NOW + timedelta(days=9))
    (read,) = read_metadata(and_signing(network, soon), anchors, NOW)
    assert soon in {key.certificate for key in read.signing_keys}


@pytest.mark.clause("GEN-12", "MD-RS-04")
def test_a_listed_dvs_expired_certificate_does_not_bring_the_list_down(network: Network, anchors: Anchors) -> None:
    old = a_certificate(
        network, OINS["gemeente"], usages=ENCRYPTING, first=YESTERDAY - timedelta(days=9), last=YESTERDAY
    )
    dv = network.provider()
    both = replace(dv, encryption_keys=(*dv.encryption_keys, a_key(old)))
    read = read_metadata(network.group(network.router(), both), anchors, NOW)
    assert TrustStore(read).find(dv.entity_id, NOW).recipient().keys == dv.encryption_keys


def test_a_listed_dvs_certificate_that_nobody_vouches_for_does(network: Network, anchors: Anchors) -> None:
    stranger = replace(network.pki.issuing, key=generate_private_key(65537, 2048))
    strange = a_certificate(network, OINS["gemeente"], usages=ENCRYPTING, issuer=stranger)
    data = network.group(network.router(), network.provider(encryption_keys=(a_key(strange),)))
    with pytest.raises(MessageRefused) as refused:
        read_metadata(data, anchors, NOW)
    assert refused.value.broken_clause == "GEN-12"


def test_every_flaw_is_listed_at_once(network: Network, anchors: Anchors) -> None:
    party = network.provider(encryption_keys=(), valid_until=NOW, **consumers(at_post("x.example")))
    found = {finding.clause for finding in find_flaws(network.written(party), Terms(anchors=anchors, at=NOW))}
    assert found == {"MD-DV-02", "MD-GEN-03", "MD-DV-04"}


@pytest.mark.clause("DV-ATT-05", "MD-RS-04")
def test_a_router_lists_a_dv_with_a_key_that_it_holds_and_a_supplier_does_not(
    network: Network, anchors: Anchors
) -> None:
    held = network.provider(encryption_keys=network.ring("gateway").published(NOW).encryption)
    terms = Terms(anchors=anchors, at=NOW)
    assert [flaw.clause for flaw in find_flaws(network.group(network.router(), held), terms)] == []
    of_lc = network.provider(encryption_keys=network.ring("gateway").published(NOW).encryption)
    assert "GEN-13" in [flaw.clause for flaw in find_flaws(network.group(network.cluster(), of_lc), terms)]
