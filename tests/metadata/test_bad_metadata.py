"""Metadata that somebody forged, tampered with or signed badly is never taken (spec/security S12, S24)."""

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from metadata.certificates import Anchors, Certificate
from metadata.descriptors import read_metadata, write_entity
from pilot.pki import make_pki
from stelsel import urns
from stelsel.failures import MessageMalformed, MessageRefused, SignatureRefused
from stelsel.saml.signatures import SigningKey, sign
from tests.metadata.factories import NOW, OINS, SIGNATURE, Network, a_certificate, a_key

GROUP = f'<md:EntitiesDescriptor xmlns:md="{urns.MD}" xmlns:ds="{urns.DS}"'


def clause_of(data: bytes, anchors: Anchors) -> str:
    """Under which clause a document is refused."""
    with pytest.raises(MessageRefused) as refused:
        read_metadata(data, anchors, NOW)
    return refused.value.broken_clause


def self_made(network: Network, oin_of: str = "gemeente") -> tuple[SigningKey, bytes]:
    """A key whose certificate bears a party's OIN, and was made by nobody we know."""
    private = generate_private_key(65537, 2048)
    issuer = replace(network.pki.issuing, key=private)
    der = a_certificate(network, OINS[oin_of], key=private, issuer=issuer)
    return SigningKey(name=Certificate.read(der).name, private=private, certificate=der), der


@pytest.mark.clause("MD-GEN-02", "GEN-08")
def test_unsigned_metadata_is_refused(network: Network, anchors: Anchors) -> None:
    data = SIGNATURE.sub("", network.written(network.provider()).decode()).encode()
    assert clause_of(data, anchors) == "MD-GEN-02"


@pytest.mark.clause("GEN-10", "GEN-11")
def test_one_changed_letter_breaks_it(network: Network, anchors: Anchors) -> None:
    data = network.written(network.provider()).replace(b"gemeente.example", b"gemeente.exampla")
    assert clause_of(data, anchors) == "GEN-10"


@pytest.mark.clause("MD-GEN-02")
@pytest.mark.parametrize("generic", [False, True])
def test_a_party_cannot_sign_for_another(generic: bool, network: Network, anchors: Anchors) -> None:
    data = write_entity(network.provider("gemeente"), network.key("ziekenhuis"), generic=generic)
    with pytest.raises(SignatureRefused):
        read_metadata(data, anchors, NOW)


@pytest.mark.clause("MD-GEN-02", "GEN-13")
def test_a_party_cannot_take_anothers_name_with_its_own_keys(network: Network, anchors: Anchors) -> None:
    theirs = network.provider("ziekenhuis")
    stolen = replace(theirs, entity_id=network.provider("gemeente").entity_id)
    assert clause_of(write_entity(stolen, network.key("ziekenhuis")), anchors) == "MD-GEN-02"


@pytest.mark.clause("GEN-12", "GEN-13", "GEN-16")
@pytest.mark.parametrize("generic", [False, True])
def test_a_look_alike_certificate_that_no_authority_made_is_refused(
    generic: bool, network: Network, anchors: Anchors
) -> None:
    key, der = self_made(network)
    party = replace(network.provider(), signing_keys=(a_key(der),))
    assert clause_of(write_entity(party, key, generic=generic), anchors) == "GEN-12"


@pytest.mark.clause("GEN-16")
def test_a_certificate_in_the_signature_does_not_vouch_for_itself(network: Network, anchors: Anchors) -> None:
    key, _ = self_made(network)
    with pytest.raises(SignatureRefused):
        read_metadata(write_entity(network.provider(), key, generic=True), anchors, NOW)


@pytest.mark.clause("MD-GEN-02")
def test_a_certificate_in_the_signature_may_be_one_that_signs_nothing_else(network: Network, anchors: Anchors) -> None:
    private = generate_private_key(65537, 2048)
    der = a_certificate(network, OINS["gemeente"], key=private)
    data = write_entity(network.provider(), SigningKey("", private, der), generic=True)
    assert [each.entity_id for each in read_metadata(data, anchors, NOW)] == [network.provider().entity_id]


@pytest.mark.clause("GEN-12")
def test_certificates_of_another_network_are_refused(network: Network, tmp_path: Path) -> None:
    stranger = Anchors.from_pem(make_pki(tmp_path, NOW, clock=lambda: NOW).anchors)
    assert clause_of(network.written(network.provider()), stranger) == "GEN-12"


@pytest.mark.clause("GEN-12")
def test_a_signature_by_an_expired_certificate_is_refused(network: Network, anchors: Anchors) -> None:
    private = generate_private_key(65537, 2048)
    last = NOW - timedelta(seconds=1)
    der = a_certificate(network, OINS["gemeente"], key=private, first=NOW - timedelta(days=9), last=last)
    party = replace(network.provider(), signing_keys=(a_key(der),))
    assert clause_of(write_entity(party, SigningKey(a_key(der).name, private, der)), anchors) == "GEN-12"


@pytest.mark.clause("GEN-13")
def test_a_key_of_1024_bits_is_refused(network: Network, anchors: Anchors) -> None:
    weak = a_certificate(network, OINS["gemeente"], key=generate_private_key(65537, 1024))
    party = network.provider()
    data = network.written(replace(party, signing_keys=(*party.signing_keys, a_key(weak))))
    assert clause_of(data, anchors) == "GEN-13"


@pytest.mark.clause("GEN-01")
def test_a_key_that_is_not_rsa_is_refused(network: Network, anchors: Anchors) -> None:
    curved = a_certificate(network, OINS["gemeente"], key=ec.generate_private_key(ec.SECP256R1()))
    rsa = network.provider().encryption_keys[0].certificate
    data = network.altered(
        network.written(network.provider()),
        "gemeente",
        (base64.b64encode(rsa).decode(), base64.b64encode(curved).decode()),
    )
    assert clause_of(data, anchors) == "GEN-01"


@pytest.mark.clause("GEN-13")
@pytest.mark.parametrize(("old", "new"), [("a003020102", "a003020107"), ("a003020102", "a003020202")])
def test_a_certificate_that_is_none_is_refused(old: str, new: str, network: Network, anchors: Anchors) -> None:
    sound = network.provider().encryption_keys[0].certificate
    bent = sound.replace(bytes.fromhex(old), bytes.fromhex(new), 1)
    texts = (base64.b64encode(sound).decode(), base64.b64encode(bent).decode())
    data = network.altered(network.written(network.provider()), "gemeente", texts)
    assert clause_of(data, anchors) == "GEN-13"


@pytest.mark.clause("GEN-02")
def test_a_certificate_signed_over_sha1_is_refused(network: Network, anchors: Anchors) -> None:
    sound = a_certificate(network, OINS["gemeente"])
    # Nobody makes one any more: the algorithm's name is exchanged, sha1WithRSAEncryption for sha256With...
    old = sound.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105"))
    party = network.provider()
    data = network.written(replace(party, signing_keys=(*party.signing_keys, a_key(old))))
    assert clause_of(data, anchors) == "GEN-02"


@pytest.mark.clause("GEN-02", "GEN-03", "C-17")
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (urns.RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        (urns.RSA_SHA256, "http://www.w3.org2001/04/xmldsig-more#rsa-sha256"),
        (urns.SHA256, urns.SHA1),
        (urns.SHA256, "http://www.w3.org/2001/04/xmldsig-more#sha256"),
    ],
)
def test_signatures_over_sha1_and_misspelt_algorithms_are_refused(
    good: str, bad: str, network: Network, anchors: Anchors
) -> None:
    data = network.written(network.provider()).replace(f'"{good}"'.encode(), f'"{bad}"'.encode())
    assert clause_of(data, anchors) in {"GEN-02", "GEN-03"}


def wrapped(network: Network, template: str) -> bytes:
    """A forged party around the municipality's genuine, signed metadata."""
    genuine = network.written(network.provider()).decode()
    key, der = self_made(network)
    forged = write_entity(replace(network.provider(), signing_keys=(a_key(der),)), key).decode()
    signature = SIGNATURE.search(genuine)
    assert signature
    bare = SIGNATURE.sub("", forged)
    start = bare.index(">") + 1
    return template.format(
        head=bare[:start], tail=bare[start:], signature=signature[0], genuine=genuine, forged=bare
    ).encode()


@pytest.mark.clause("GEN-10")
@pytest.mark.parametrize(
    "template",
    [
        "{head}{signature}{tail}",
        "{head}{signature}<md:Extensions>{genuine}</md:Extensions>{tail}",
        "{head}<md:Extensions>{genuine}</md:Extensions>{tail}",
        GROUP + ">{genuine}{forged}</md:EntitiesDescriptor>",
        GROUP + ">{forged}{genuine}</md:EntitiesDescriptor>",
        GROUP + ' ID="_0">{signature}{forged}{genuine}</md:EntitiesDescriptor>',
    ],
)
def test_a_signature_wrapped_around_another_party_is_refused(template: str, network: Network, anchors: Anchors) -> None:
    with pytest.raises(MessageRefused):
        read_metadata(wrapped(network, template), anchors, NOW)


def test_a_dtd_is_refused(network: Network, anchors: Anchors) -> None:
    data = b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + network.written(network.provider())
    with pytest.raises(MessageMalformed):
        read_metadata(data, anchors, NOW)


def test_a_comment_is_refused(network: Network, anchors: Anchors) -> None:
    data = network.written(network.provider()).replace(b"gemeente.example", b"gemeente.<!-- -->example")
    with pytest.raises(MessageMalformed):
        read_metadata(data, anchors, NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</md:SPSSODescriptor>", "<md:NameIDFormat>urn:x</md:NameIDFormat></md:SPSSODescriptor>"),
        ('index="0" isDefault="true"/>', 'index="zero" isDefault="true"/>'),
        ("<ds:KeyName>", "<ds:KeyValue/><ds:KeyName>"),
        ('use="signing"', 'use="everything"'),
        ("<md:AssertionConsumerService ", '<md:AssertionConsumerService isTrue="1" '),
    ],
)
def test_metadata_that_leaves_the_schema_is_refused(old: str, new: str, network: Network, anchors: Anchors) -> None:
    data = network.altered(network.written(network.provider()), "gemeente", (old, new))
    with pytest.raises(MessageRefused):
        read_metadata(data, anchors, NOW)


@pytest.mark.parametrize("data", [b"", b"no xml", b"<a/>", b'<md:EntityDescriptor xmlns:md="urn:x"/>'])
def test_something_else_than_metadata_is_refused(data: bytes, anchors: Anchors) -> None:
    with pytest.raises(MessageMalformed):
        read_metadata(data, anchors, NOW)


def test_a_group_that_is_changed_after_signing_is_refused(network: Network, anchors: Anchors) -> None:
    data = network.group(network.router(), network.provider(), network.provider("ziekenhuis"))
    first = data.index(b"<md:EntityDescriptor", data.index(b"</md:EntityDescriptor>"))
    last = data.index(b"</md:EntityDescriptor>", first) + len(b"</md:EntityDescriptor>")
    assert clause_of(data[:first] + data[last:], anchors) == "GEN-10"


def test_two_entities_with_one_id_are_refused(network: Network, anchors: Anchors) -> None:
    data = SIGNATURE.sub("", network.group(network.router(), network.provider()).decode())
    ids = [part.split('"', 1)[0] for part in data.split(' ID="')[1:]]
    with pytest.raises(MessageMalformed):
        read_metadata(
            sign(data.encode(), network.key("gateway")).replace(ids[1].encode(), ids[2].encode()), anchors, NOW
        )
