"""Every rule of metadata, broken alone: it is named with its clause, and the document is refused."""

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from metadata.certificates import Anchors
from metadata.descriptors import find_flaws, read_metadata
from metadata.descriptors.advice import advice
from metadata.descriptors.findings import Terms
from metadata.trust import TrustStore
from stelsel.failures import MessageRefused
from tests.metadata.broken import BROKEN, ENCRYPTING, YESTERDAY, and_signing, at_post, changed, consumers
from tests.metadata.factories import (
    NOW,
    OINS,
    Network,
    a_certificate,
    a_key,
)


@pytest.mark.clause(
    *("MD-GEN-01", "MD-GEN-02", "MD-GEN-03", "MD-GEN-04", "MD-GEN-05"),
    *("MD-DV-01", "MD-DV-02", "MD-DV-03", "MD-DV-04", "MD-DV-05", "MD-LC-01", "MD-LC-02", "MD-LC-03", "MD-LC-04"),
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
    assert all(each.where[0] and advice(each) for each in found), found


def test_every_clause_that_a_document_can_break_is_broken_here() -> None:
    chapter = tomllib.loads(Path("docs/conformance/st-saml-11-metadata.toml").read_text(encoding="utf-8"))
    assert {each["id"] for each in chapter["clause"]} - {clause for clause, _ in BROKEN.values()} == set()


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
