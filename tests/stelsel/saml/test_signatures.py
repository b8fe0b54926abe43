"""What we sign is good for everybody else, and what others sign is read when it has the shape of the profile."""

import pytest
from lxml import etree

from stelsel.failures import SignatureRefused
from stelsel.saml.ids import new_id
from stelsel.saml.signatures import sign, verify
from stelsel.saml.xml import parse
from tests.stelsel.saml.factories import RD, a_key, key_of, public
from tests.stelsel.saml.judges import check_schema, python_xmlsec_verifies, signxml_reads, xmlsec1_verifies

METADATA = (
    b'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="_m1" entityID="urn:x">'
    b'<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
    b'<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://x.nl/a?b=&gt;"/>'
    b"</md:IDPSSODescriptor></md:EntityDescriptor>"
)


def a_message(content: str = "") -> bytes:
    """A small message that is ready to be signed."""
    return (
        '<samlp:ArtifactResolve xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
        f' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{new_id()}" Version="2.0"'
        f' IssueInstant="2026-03-10T11:00:00Z"><saml:Issuer>{RD.value}</saml:Issuer>'
        f"{content}<samlp:Artifact>AAQ=</samlp:Artifact></samlp:ArtifactResolve>"
    ).encode()


@pytest.mark.clause("GEN-02", "GEN-03", "GEN-05", "GEN-06", "GEN-07", "GEN-08")
@pytest.mark.parametrize("x509", [False, True])
def test_xmlsec1_signxml_and_python_xmlsec_verify_what_we_sign(x509: bool) -> None:
    signed = sign(a_message(), key_of(RD), x509=x509)

    check_schema(signed)
    assert xmlsec1_verifies(signed, key_of(RD))
    assert python_xmlsec_verifies(signed, key_of(RD))
    assert signxml_reads(signed, key_of(RD)).tag.endswith("ArtifactResolve")


@pytest.mark.clause("GEN-10")
def test_a_signed_message_comes_back_without_its_signature() -> None:
    read = verify(parse(sign(a_message(), key_of(RD))), [public(key_of(RD))])

    assert [etree.QName(child).localname for child in read] == ["Issuer", "Artifact"]


def test_the_signature_of_metadata_is_the_first_child_of_the_root() -> None:
    signed = sign(METADATA, key_of(RD))

    check_schema(signed)
    assert xmlsec1_verifies(signed, key_of(RD))
    assert etree.fromstring(signed)[0].tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"
    assert verify(parse(signed), [public(key_of(RD))]).get("entityID") == "urn:x"


@pytest.mark.clause("GEN-15")
def test_our_keyinfo_holds_the_keyname_and_nothing_else() -> None:
    signed = sign(a_message(), key_of(RD))

    assert f"<ds:KeyInfo><ds:KeyName>{key_of(RD).name}</ds:KeyName></ds:KeyInfo>".encode() in signed


@pytest.mark.clause("GEN-16")
def test_the_key_of_another_party_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        verify(parse(sign(a_message(), a_key("mallory"))), [public(key_of(RD))])
