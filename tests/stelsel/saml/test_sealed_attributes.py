"""An attribute that is encrypted whole is read by its recipient and nobody else, name and all."""

import pytest

from stelsel import urns
from stelsel.failures import AnswerRefused
from stelsel.saml import assertion as assertions
from stelsel.saml.encryption import EncryptedAttribute, encrypt_attribute
from stelsel.saml.sealed_attributes import seal, unseal
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    a_recipient,
    an_assertion,
    an_encrypted_id,
    decryption_key,
    key_of,
    keys_of_all,
)
from tests.stelsel.saml.judges import check_schema

NAME = f"{urns.ETOEGANG_PERSONAL}FamilyName"
KEYS = [decryption_key(DV.value)]
SAML = f'xmlns:saml="{urns.SAML}"'


def closed(xml: str) -> EncryptedAttribute:
    """What another party may put into EncryptedAttribute."""
    return encrypt_attribute(xml.encode(), [a_recipient(DV)])


@pytest.mark.clause("DV-ATT-13", "GEN-17", "GEN-18")
def test_its_recipient_reads_name_and_values_and_nobody_else_sees_either() -> None:
    sealed = seal(NAME, ("Núñez & Zn <1>", "Jansen"), a_recipient(DV))
    written = assertions.write(an_assertion(copied=(sealed.xml,)), key_of(AD))
    check_schema(written)
    (received,) = assertions.read(written, keys_of_all(AD)).encrypted_attributes
    assert b"FamilyName" not in written
    opened = unseal(received, DV, KEYS)
    assert (opened.name, opened.values) == (NAME, ("Núñez & Zn <1>", "Jansen"))
    for entity, key in ((DV, "another key"), (BVD, DV.value)):
        with pytest.raises(AnswerRefused):
            unseal(received, entity, [decryption_key(key)])


@pytest.mark.clause("DV-ATT-13")
def test_what_etd_writes_beside_the_name_is_no_trouble() -> None:
    theirs = (
        f'<saml:Attribute {SAML} NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri" Name="{NAME}"'
        ' xmlns:ext="urn:oasis:names:tc:SAML:attribute:ext" ext:LastModified="2026-03-01T00:00:00Z"'
        ' ext:OriginalIssuer="urn:etoegang:1.9:attribute-sourceid:X"><saml:AttributeValue'
        f' xmlns:xsi="{urns.XSI}" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">Jansen'
        "</saml:AttributeValue></saml:Attribute>"
    )
    opened = unseal(closed(theirs), DV, KEYS)
    assert (opened.name, opened.values) == (NAME, ("Jansen",))


@pytest.mark.parametrize(
    "inside",
    [
        f"<saml:Attribute {SAML}><saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>",
        f'<saml:Attribute {SAML} Name="{NAME}"/>',
        f'<saml:Attribute {SAML} Name="{NAME}"><saml:AttributeValue><b/></saml:AttributeValue></saml:Attribute>',
        f'<saml:NameID {SAML} Format="{urns.PERSISTENT}" NameQualifier="x">y</saml:NameID>',
        "no XML",
    ],
    ids=["no name", "no value", "elements", "an identifier", "text"],
)
def test_anything_but_texts_under_a_name_is_refused_in_the_same_words(inside: str) -> None:
    with pytest.raises(AnswerRefused) as refused:
        unseal(closed(inside), DV, KEYS)
    assert refused.value.why == "an identity cannot be decrypted"


def test_an_identifier_in_its_place_is_no_attribute() -> None:
    with pytest.raises(AnswerRefused):
        unseal(EncryptedAttribute(an_encrypted_id(DV).xml, (DV,)), DV, KEYS)
