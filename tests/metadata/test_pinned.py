"""Metadata as generic products publish it: what a DV outside `st-saml` may leave out is told, the rest is refused."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from catalog.services import PROFILES as CATALOGUE_PROFILES
from metadata.__main__ import main
from metadata.certificates import Anchors
from metadata.check import check
from metadata.descriptors import read_metadata
from metadata.descriptors.findings import PINNED_FOR, PROFILES
from metadata.entities import Endpoint, Entity
from pilot.pki import Authority, make_pki
from stelsel import urns
from stelsel.failures import MessageRefused
from stelsel.saml.signatures import sign
from tests.metadata.factories import NOW, OINS, SIGNATURE, Network, a_certificate, a_consumer, a_key

Made = Callable[[Network], bytes]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that this network does not know."""
    return make_pki(tmp_path_factory.mktemp("stranger"), NOW, clock=lambda: NOW).issuing


def take(data: bytes, anchors: Anchors) -> Entity:
    (entity,) = read_metadata(data, anchors, NOW, pinned_for=PINNED_FOR)
    return entity


def unsigned(network: Network, *changes: tuple[str, str], **values: Any) -> bytes:
    text = SIGNATURE.sub("", network.written(network.provider(**values)).decode(), count=1)
    for pattern, new in changes:
        text, made = re.subn(pattern, new, text)
        assert made, pattern
    return text.encode()


def with_post(network: Network) -> bytes:
    consumers = (Endpoint(urns.HTTP_POST, "https://gemeente.example/acs", 0, True), a_consumer("x.example", 1))
    return unsigned(network, assertion_consumers=tuple(replace(each, is_default=False) for each in consumers))


def with_redirect_logout(network: Network) -> bytes:
    return unsigned(network, single_logout=(Endpoint(urns.HTTP_REDIRECT, "https://gemeente.example/slo"),))


DEVIATIONS: dict[str, tuple[str, Made]] = {
    "no signature": ("MD-GEN-02", unsigned),
    "no ID": ("MD-GEN-03", lambda network: unsigned(network, (' ID="[^"]+"', ""))),
    "no end": ("MD-GEN-03", lambda network: unsigned(network, (' validUntil="[^"]+"', ""))),
    "no KeyName": ("MD-GEN-05", lambda network: unsigned(network, ("<ds:KeyName>[^<]+</ds:KeyName>", ""))),
    "keys without a use": ("MD-DV-02", lambda network: unsigned(network, (' use="(signing|encryption)"', ""))),
    "no encryption key": ("MD-DV-02", lambda network: unsigned(network, encryption_keys=())),
    "no promise to sign": ("MD-DV-01", lambda network: unsigned(network, (' AuthnRequestsSigned="true"', ""))),
    "consumers of two bindings": ("MD-DV-04", with_post),
    "logout over Redirect": ("MD-DV-03", with_redirect_logout),
    "elements in another order": (
        "ERR-09",
        lambda network: unsigned(
            network, ("(<md:KeyDescriptor.*</md:KeyDescriptor>)(<md:AssertionConsumerService[^>]*/>)", r"\2\1")
        ),
    ),
    "a key spelled out": (
        "MD-GEN-05",
        lambda network: unsigned(
            network, ("<ds:X509Data>", "<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue><ds:X509Data>")
        ),
    ),
    "a service without UUID": (
        "MD-DV-05",
        lambda network: unsigned(
            network,
            (
                f'Name="{urns.SERVICE_UUID}"><saml:AttributeValue>.*?</saml:AttributeValue>',
                'Name="urn:x:services:9052">',
            ),
        ),
    ),
}


@pytest.mark.parametrize(("clause", "made"), DEVIATIONS.values(), ids=DEVIATIONS)
def test_what_generic_metadata_lacks_is_told_and_taken(
    clause: str, made: Made, network: Network, anchors: Anchors
) -> None:
    data = made(network)
    report = check(data, NOW, anchors, "generic")
    assert report.is_clean, report.findings
    assert clause in {each.clause for each in report.deviations}
    assert take(data, anchors).signing_keys
    with pytest.raises(MessageRefused):
        read_metadata(data, anchors, NOW)


def test_certificates_of_an_unknown_authority_are_pinned_by_the_file(
    network: Network, anchors: Anchors, stranger: Authority
) -> None:
    key = a_key(a_certificate(network, OINS["ziekenhuis"], issuer=stranger))
    data = unsigned(network, signing_keys=(key,), encryption_keys=())
    clauses = [each.clause for each in check(data, NOW, anchors, "generic").deviations]
    assert {"MD-GEN-02", "GEN-12"} <= set(clauses)
    assert [each.certificate for each in take(data, anchors).signing_keys] == [key.certificate]


def test_a_key_without_a_use_serves_for_both(network: Network, anchors: Anchors) -> None:
    data = unsigned(network, (' use="(signing|encryption)"', ""))
    entity = take(data, anchors)
    assert entity.signing_keys == entity.encryption_keys


@pytest.mark.clause("MD-GEN-03")
def test_metadata_that_names_no_end_gets_one_from_us(network: Network, anchors: Anchors) -> None:
    assert take(unsigned(network, (' validUntil="[^"]+"', "")), anchors).valid_until == NOW + PINNED_FOR


def test_an_end_that_it_names_counts(network: Network, anchors: Anchors) -> None:
    assert take(unsigned(network), anchors).valid_until == NOW + timedelta(days=30)


def test_a_signature_without_key_info_is_checked_with_every_key_of_the_file(network: Network, anchors: Anchors) -> None:
    signed = network.written(network.provider()).decode()
    bare = re.sub(r"<ds:KeyInfo>.*?</ds:KeyInfo></ds:Signature>", "</ds:Signature>", signed, count=1)
    assert bare != signed
    assert take(bare.encode(), anchors) == network.provider()
    with pytest.raises(MessageRefused, match="changed after signing"):
        take(bare.replace("gemeente.example", "attacker.example").encode(), anchors)


REFUSED: dict[str, tuple[str, Made]] = {
    "changed after it was signed": (
        "GEN-10",
        lambda network: network.written(network.provider()).replace(b"gemeente.example", b"attacker.example"),
    ),
    "signed by somebody else": (
        "GEN-16",
        lambda network: sign(unsigned(network), replace(network.key("ziekenhuis"), certificate=b"")),
    ),
    "expired": ("MD-GEN-03", lambda network: unsigned(network, valid_until=NOW)),
    "an identity provider": (
        "MD-GEN-01",
        lambda network: SIGNATURE.sub("", network.written(network.authority()).decode(), count=1).encode(),
    ),
    "a router": ("MD-GEN-01", lambda network: SIGNATURE.sub("", network.written(network.router()).decode()).encode()),
    "a group": ("MD-GEN-01", lambda network: network.group(network.cluster(), network.provider())),
    "an index twice": (
        "MD-DV-04",
        lambda network: unsigned(network, assertion_consumers=(a_consumer("a.example"), a_consumer("b.example"))),
    ),
    "an address without TLS": (
        "GEN-19",
        lambda network: unsigned(network, ("https://gemeente.example", "http://gemeente.example")),
    ),
    "no key at all": ("MD-DV-02", lambda network: unsigned(network, signing_keys=(), encryption_keys=())),
    "a short key": (
        "GEN-13",
        lambda network: unsigned(
            network,
            signing_keys=(a_key(a_certificate(network, OINS["gemeente"], key=generate_private_key(65537, 1024))),),
        ),
    ),
    "an expired certificate": (
        "GEN-12",
        lambda network: unsigned(
            network,
            signing_keys=(
                a_key(
                    a_certificate(
                        network, OINS["gemeente"], first=NOW - timedelta(days=9), last=NOW - timedelta(days=1)
                    )
                ),
            ),
        ),
    ),
    "a document type": ("ERR-09", lambda network: b"<!DOCTYPE x>" + unsigned(network)),
    "a comment inside a text": (
        "ERR-09",
        lambda network: unsigned(network, ("<ds:KeyName>", "<ds:KeyName><!-- x -->")),
    ),
    "a base for its addresses": (
        "ERR-09",
        lambda network: unsigned(network, ("<md:SPSSODescriptor", '<md:SPSSODescriptor xml:base="https://x.example/"')),
    ),
    "an ID of others": (
        "ERR-09",
        lambda network: unsigned(
            network, ("<md:SPSSODescriptor", '<md:SPSSODescriptor xmlns:x="urn:example:x" x:Id="a"')
        ),
    ),
}


@pytest.mark.parametrize(
    "change",
    [
        ("^", "<!-- as our product writes it -->"),
        ("<md:SPSSODescriptor", "<!-- ours --> <md:SPSSODescriptor"),
        ("<md:KeyDescriptor", "<!-- <md:AssertionConsumerService/> --><md:KeyDescriptor"),
        ("<md:EntityDescriptor", f'<md:EntityDescriptor xmlns:xsi="{urns.XSI}" xsi:schemaLocation="urn:x x.xsd"'),
    ],
    ids=str,
)
def test_what_people_write_beside_it_changes_nothing(
    change: tuple[str, str], network: Network, anchors: Anchors
) -> None:
    assert take(unsigned(network, change), anchors) == take(unsigned(network), anchors)


def test_a_signature_holds_over_a_file_with_comments(network: Network, anchors: Anchors) -> None:
    signed = network.written(network.provider())
    noted = signed.replace(b"<md:SPSSODescriptor", b"<!-- ours --><md:SPSSODescriptor", 1)
    assert take(noted, anchors) == take(signed, anchors)


@pytest.mark.parametrize(("clause", "made"), REFUSED.values(), ids=REFUSED)
def test_what_no_profile_excuses_is_refused(clause: str, made: Made, network: Network, anchors: Anchors) -> None:
    with pytest.raises(MessageRefused) as refused:
        take(made(network), anchors)
    assert refused.value.broken_clause == clause


def test_the_command_tells_what_a_profile_lets_pass(
    network: Network, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "metadata.xml"
    file.write_bytes(unsigned(network))
    assert main(["check", str(file), "--at", NOW.isoformat(), "--profile", "generic"]) == 0
    assert "deviation  MD-GEN-02" in capsys.readouterr().out
    assert main(["check", str(file), "--at", NOW.isoformat()]) == 1


def test_the_command_knows_the_profiles_of_the_catalogue() -> None:
    assert PROFILES == CATALOGUE_PROFILES
