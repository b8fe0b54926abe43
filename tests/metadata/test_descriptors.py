"""What we write is what the standard, its schema and other libraries expect; what we read is what was signed."""

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from saml2.md import entities_descriptor_from_string, entity_descriptor_from_string

from metadata.certificates import Anchors
from metadata.descriptors import read_metadata, recall_metadata, write_entity
from metadata.entities import Endpoint, Entity
from stelsel import urns
from stelsel.failures import Misconfigured, SignatureRefused
from stelsel.identifiers import EntityId
from tests.metadata.factories import NOW, OINS, Network, a_consumer, a_logout
from tests.stelsel.saml.judges import check_schema

Written = Callable[[Network], bytes]

DOCUMENTS: dict[str, Written] = {
    "DV": lambda network: network.written(network.provider(names={"nl": "Gemeente & <Co>"}, url="https://x.example")),
    "RD for DVs": lambda network: network.written(network.front()),
    "RD for generic parties": lambda network: network.written(network.front(), generic=True),
    "RD for AD and BVD": lambda network: network.group(
        network.router(), network.provider(), network.provider("ziekenhuis")
    ),
    "AD": lambda network: network.written(network.authority(single_logout=(a_logout("digid.example"),))),
    "BVD": lambda network: network.written(network.bvd()),
}


@pytest.mark.clause("MD-GEN-03", "MD-GEN-04", "MD-GEN-05", "C-16")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_we_write_is_valid_by_the_schema_of_saml_metadata(name: str, network: Network) -> None:
    check_schema(DOCUMENTS[name](network))


@pytest.mark.clause("MD-GEN-02", "GEN-06", "GEN-07")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_we_sign_verifies_with_xmlsec1(name: str, network: Network, tmp_path: Path) -> None:
    file = tmp_path / "metadata.xml"
    file.write_bytes(DOCUMENTS[name](network))
    signer = {"DV": "gemeente", "AD": "digid", "BVD": "bvd"}.get(name, "gateway")
    element = "EntitiesDescriptor" if name == "RD for AD and BVD" else "EntityDescriptor"
    done = subprocess.run(
        [
            *("xmlsec1", "--verify", "--id-attr:ID", f"{urns.MD}:{element}"),
            *("--pubkey-cert-pem", str(network.pki.ring(signer) / "signing-1.pem"), str(file)),
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("name", ["DV", "RD for DVs", "AD", "BVD"])
def test_pysaml2_reads_what_we_write(name: str, network: Network) -> None:
    read = entity_descriptor_from_string(DOCUMENTS[name](network))
    keys = (read.idpsso_descriptor or read.spsso_descriptor)[0].key_descriptor
    assert all(key.key_info.key_name and key.key_info.x509_data for key in keys)
    assert not read.extension_elements


def test_pysaml2_reads_the_routers_group(network: Network) -> None:
    read = entities_descriptor_from_string(DOCUMENTS["RD for AD and BVD"](network))
    assert [each.spsso_descriptor[0].authn_requests_signed for each in read.entity_descriptor] == ["true", None, None]


@pytest.mark.clause("MD-GEN-01", "MD-DV-01", "MD-DV-02", "MD-DV-04", "MD-DV-05", "MD-RD-01", "MD-AD-01", "MD-AD-03")
@pytest.mark.parametrize("kind", ["provider", "front", "authority", "bvd", "cluster"])
def test_a_party_is_read_back_as_it_was_written(kind: str, network: Network, anchors: Anchors) -> None:
    party: Entity = getattr(network, kind)()
    assert read_metadata(network.written(party), anchors, NOW) == (party,)


def test_names_and_addresses_with_special_characters_survive(network: Network, anchors: Anchors) -> None:
    party = network.provider(
        assertion_consumers=(a_consumer("dv.example", path="acs?a=1&amp=2'"),),
        names={"nl": 'Gemeente "\'s-Graveland" & <Co>', "en": "Municipality"},
        url="https://dv.example/?a&b",
    )
    (read,) = read_metadata(network.written(party), anchors, NOW)
    assert read == party


@pytest.mark.clause("MD-RS-01", "MD-RS-04", "MD-GEN-02")
def test_the_router_lists_every_dv_by_its_encryption_keys_only(network: Network, anchors: Anchors) -> None:
    router, dvs = network.router(), (network.provider(), network.provider("ziekenhuis"))
    first, *listed = read_metadata(network.group(router, *dvs), anchors, NOW)
    assert first == router
    assert [each.entity_id for each in listed] == [each.entity_id for each in dvs]
    assert [each.encryption_keys for each in listed] == [each.encryption_keys for each in dvs]
    assert [each.assertion_consumers for each in listed] == [router.assertion_consumers] * 2
    assert not any(each.signing_keys or each.services for each in listed)


def test_a_dv_that_nobody_can_encrypt_for_is_not_listed(network: Network, anchors: Anchors) -> None:
    router, dv = network.router(), network.provider(encryption_keys=())
    assert read_metadata(network.group(router, dv), anchors, NOW) == (router,)


@pytest.mark.clause("C-10", "MD-RS-02")
def test_the_router_may_list_an_encryption_key_and_need_not(network: Network, anchors: Anchors) -> None:
    own = network.ring("gateway").published(NOW).encryption
    for router in (network.router(), network.router(encryption_keys=own)):
        assert read_metadata(network.group(router, network.provider()), anchors, NOW)[0] == router


@pytest.mark.clause("C-03", "TYP-01")
def test_a_router_that_is_named_td_is_a_router(network: Network, anchors: Anchors) -> None:
    named = EntityId(f"urn:nl-eid-gdi:1.0:TD:{OINS['gateway'].value}:entities:9001")
    router = network.router(entity_id=named)
    assert read_metadata(network.group(router, network.provider()), anchors, NOW)[0] == router
    front = network.front(entity_id=named)
    assert read_metadata(network.written(front), anchors, NOW) == (front,)


@pytest.mark.clause("MD-LC-01", "MD-LC-04")
def test_an_lc_brings_its_dvs(network: Network, anchors: Anchors) -> None:
    cluster, dv = network.cluster(), network.provider()
    read = read_metadata(network.group(cluster, dv), anchors, NOW)
    assert [each.entity_id for each in read] == [cluster.entity_id]
    assert [each.entity_id for each in read[0].providers] == [dv.entity_id]
    assert read[0].providers[0].signing_keys == ()


@pytest.mark.clause("MD-GEN-05")
def test_the_strict_rendering_names_its_key_and_the_generic_one_shows_its_certificate(network: Network) -> None:
    for generic, expected in ((False, "KeyName"), (True, "X509Data")):
        root = etree.fromstring(network.written(network.front(), generic=generic))
        (key_info,) = root.findall(f"{{{urns.DS}}}Signature/{{{urns.DS}}}KeyInfo")
        assert [etree.QName(child).localname for child in key_info] == [expected]


def test_the_generic_rendering_offers_redirect_at_the_same_addresses(network: Network) -> None:
    read = entity_descriptor_from_string(network.written(network.front(), generic=True)).idpsso_descriptor[0]
    for endpoints in (read.single_sign_on_service, read.single_logout_service):
        assert [each.binding for each in endpoints] == [urns.HTTP_POST, urns.HTTP_REDIRECT]
        assert len({each.location for each in endpoints}) == 1


@pytest.mark.clause("MD-RD-03", "MD-RD-04")
def test_the_strict_rendering_offers_post_only(network: Network) -> None:
    read = entity_descriptor_from_string(network.written(network.front())).idpsso_descriptor[0]
    assert {each.binding for each in (*read.single_sign_on_service, *read.single_logout_service)} == {urns.HTTP_POST}


@pytest.mark.clause("MD-GEN-03")
def test_metadata_without_an_end_is_not_written(network: Network) -> None:
    with pytest.raises(Misconfigured):
        network.written(network.provider(valid_until=None))


def test_what_says_the_same_is_the_same_document_and_what_says_something_else_has_another_id(network: Network) -> None:
    said = [network.front(), network.front(), network.front(single_logout=()), network.front(valid_until=NOW)]
    first, again, other, later = (network.written(each) for each in said)
    assert first == again
    assert len({etree.fromstring(each).get("ID") for each in (first, other, later)}) == 3


@pytest.mark.clause("MD-GEN-03")
def test_metadata_with_a_cache_duration_only_is_trusted_as_long_as_its_certificate(
    network: Network, anchors: Anchors
) -> None:
    data = network.written(network.provider())
    without_end = re.sub(rb'validUntil="[^"]*"', b'cacheDuration="PT24H"', data)
    (read,) = read_metadata(network.altered(without_end, "gemeente"), anchors, NOW)
    assert read.valid_until is not None
    assert timedelta(days=1000) < read.valid_until - NOW < timedelta(days=1100)


def test_metadata_for_a_century_is_trusted_as_long_as_its_certificate(network: Network, anchors: Anchors) -> None:
    party = network.provider(valid_until=NOW.replace(year=2126))
    (read,) = read_metadata(network.written(party), anchors, NOW)
    assert read.valid_until is not None
    assert read.valid_until - NOW < timedelta(days=1100)


def test_roles_of_other_federations_are_passed_over(network: Network, anchors: Anchors) -> None:
    other = (
        f'<md:AttributeAuthorityDescriptor protocolSupportEnumeration="{urns.SAMLP}"><md:AttributeService '
        f'Binding="{urns.SOAP}" Location="https://x.example"/></md:AttributeAuthorityDescriptor>'
    )
    data = network.altered(
        network.written(network.provider()), "gemeente", ("</md:SPSSODescriptor>", f"</md:SPSSODescriptor>{other}")
    )
    assert read_metadata(data, anchors, NOW) == (network.provider(),)


@pytest.mark.clause("GEN-26")
def test_a_name_in_mdui_is_read_and_other_extensions_are_passed_over(network: Network, anchors: Anchors) -> None:
    ui = (
        '<md:Extensions><x:More xmlns:x="urn:x"/><mdui:UIInfo xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui">'
        '<mdui:Description xml:lang="nl">Meer</mdui:Description>'
        '<mdui:DisplayName xml:lang="nl-NL">Gemeente\n  Voorbeeld</mdui:DisplayName></mdui:UIInfo></md:Extensions>'
    )
    data = network.altered(
        network.written(network.provider()),
        "gemeente",
        ('<md:KeyDescriptor use="signing">', f'{ui}<md:KeyDescriptor use="signing">'),
    )
    first, _, rest = data.decode().partition(ui)
    once = network.altered((first + ui + rest.replace(ui, "")).encode(), "gemeente")
    (read,) = read_metadata(once, anchors, NOW)
    assert read.names == {"nl": "Gemeente Voorbeeld"}
    assert read.name("en") == "Gemeente Voorbeeld"


def test_what_was_stored_is_recalled_as_it_was_accepted(network: Network, anchors: Anchors) -> None:
    data = network.group(network.router(), network.provider())
    accepted = read_metadata(data, anchors, NOW)
    until = accepted[0].valid_until
    assert until is not None
    assert recall_metadata(data, until) == accepted


@pytest.mark.clause("MD-LC-01")
def test_a_nested_signature_of_the_dv_itself_is_taken(network: Network, anchors: Anchors) -> None:
    router, dv = network.router(), network.provider()
    data = with_nested(network, router, write_entity(dv.listed_by(router), network.key("gemeente"), generic=True))
    assert [each.entity_id for each in read_metadata(data, anchors, NOW)] == [router.entity_id, dv.entity_id]


@pytest.mark.clause("MD-LC-01")
def test_a_nested_signature_of_somebody_else_is_refused(network: Network, anchors: Anchors) -> None:
    router, dv = network.router(), network.provider()
    data = with_nested(network, router, write_entity(dv.listed_by(router), network.key("ziekenhuis"), generic=True))
    with pytest.raises(SignatureRefused):
        read_metadata(data, anchors, NOW)


def with_nested(network: Network, router: Entity, inner: bytes) -> bytes:
    """The router's group with one more entity, that bears a signature of its own."""
    end = "</md:EntitiesDescriptor>"
    return network.altered(network.group(router), "gateway", (end, inner.decode() + end))


def test_http_on_this_machine_is_taken_where_the_network_lets_it_through(network: Network, anchors: Anchors) -> None:
    consumer = Endpoint(urns.HTTP_ARTIFACT, "http://gemeente.localhost:8000/acs", 0, True)
    party = network.provider(assertion_consumers=(consumer,))
    assert read_metadata(network.written(party), anchors, NOW, loopback=True) == (party,)
