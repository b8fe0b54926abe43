"""An identity is read by its recipients and nobody else, in the shape that the standard prescribes."""

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from stelsel import urns
from stelsel.failures import AnswerRefused
from stelsel.saml import assertion
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import (
    EncryptedId,
    NameId,
    Recipient,
    addressed_to,
    decrypt_id,
    encrypt_assertion,
    encrypt_id,
    read_encrypted_id,
    renamed,
)
from stelsel.saml.xml import parse, self_contained
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    SERVICE,
    a_key,
    a_recipient,
    an_assertion,
    an_encrypted_id,
    decryption_key,
    key_of,
    keys_of_all,
    public,
)
from tests.stelsel.saml.judges import check_schema, xmlsec1_decrypts, xmlsec1_verifies

BSN = NameId(urns.LEGACY_BSN, "999990019")
XENC = {"xenc": urns.XENC, "ds": urns.DS}


def opened(encrypted: EncryptedId, *owners: str) -> NameId:
    """What the DV reads with the keys of `owners`, by default its own."""
    return decrypt_id(encrypted, DV, [decryption_key(owner) for owner in owners or (DV.value,)])


@pytest.mark.clause("DV-ATT-06", "DV-ATT-10", "RD-ASR-06", "DV-VAL-09")
def test_each_of_two_recipients_reads_the_same_identity() -> None:
    sealed = an_encrypted_id(DV, BVD)

    assert sealed.recipients == (DV, BVD)
    assert decrypt_id(sealed, DV, [decryption_key(DV.value)]) == BSN
    assert decrypt_id(sealed, BVD, [decryption_key(BVD.value)]) == BSN


@pytest.mark.clause("DV-ATT-07")
def test_a_recipient_with_two_certificates_reads_with_either_key() -> None:
    sealed = encrypt_id(BSN, [a_recipient(DV, "old", "new")])

    assert sealed.recipients == (DV,)
    assert opened(sealed, "old") == opened(sealed, "new") == opened(sealed, "other", "new") == BSN


@pytest.mark.clause("DV-ATT-08", "DV-ATT-09", "DV-ATT-10", "GEN-17", "GEN-18", "C-11", "GEN-04")
def test_several_keys_stand_beside_one_encrypted_data_that_they_name() -> None:
    root = etree.fromstring(encrypt_id(BSN, [a_recipient(DV, "old", "new"), a_recipient(BVD)]).xml)
    (data,) = root.findall("xenc:EncryptedData", XENC)
    keys = root.findall("xenc:EncryptedKey", XENC)

    assert [key.get("Recipient") for key in keys] == [DV.value, DV.value, BVD.value]
    assert {key.findtext("xenc:CarriedKeyName", None, XENC) for key in keys} == {
        data.findtext("ds:KeyInfo/ds:KeyName", None, XENC)
    }
    for key in keys:
        reference = key.find("xenc:ReferenceList/xenc:DataReference", XENC)
        assert reference is not None
        assert reference.get("URI") == f"#{data.get('Id')}"
        assert key.findtext("ds:KeyInfo/ds:KeyName", None, XENC)
    methods = {method.get("Algorithm") for method in root.iterfind(".//xenc:EncryptionMethod", XENC)}
    assert methods == {urns.AES256_CBC, urns.RSA_OAEP_MGF1P}


def test_one_key_is_pointed_at_by_a_retrieval_method() -> None:
    root = etree.fromstring(an_encrypted_id(DV).xml)
    pointer, key = root.find(".//ds:RetrievalMethod", XENC), root.find("xenc:EncryptedKey", XENC)

    assert pointer is not None
    assert key is not None
    assert pointer.get("URI") == f"#{key.get('Id')}"


def test_an_encrypted_id_passes_the_schemas_inside_an_assertion() -> None:
    sealed = encrypt_id(BSN, [a_recipient(DV, "old", "new"), a_recipient(BVD)])
    attributes = (
        Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
        Attribute(urns.ACTING_SUBJECT_ID, (sealed, renamed(sealed, "-1"))),
    )

    check_schema(assertion.write(an_assertion(attributes=attributes), key_of(AD)))


@pytest.mark.parametrize("recipients", [(DV,), (DV, BVD)])
def test_xmlsec1_decrypts_once_the_key_is_where_it_looks_for_it(recipients: tuple[object, ...], tmp_path: Path) -> None:
    """xmlsec1 wants the EncryptedKey inside EncryptedData (recipes A.6); the cipher texts are untouched."""
    root = etree.fromstring(an_encrypted_id(DV, *([BVD] if len(recipients) > 1 else [])).xml)
    data, key = root.find("xenc:EncryptedData", XENC), root.find(f"xenc:EncryptedKey[@Recipient='{DV.value}']", XENC)
    assert data is not None
    assert key is not None
    info = data.find("ds:KeyInfo", XENC)
    assert info is not None
    for child in list(info):
        info.remove(child)
    info.append(key)
    (tmp_path / "data.xml").write_bytes(etree.tostring(data))
    private = decryption_key(DV.value).private
    (tmp_path / "key.pem").write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    command = ["xmlsec1", "--decrypt", "--privkey-pem", str(tmp_path / "key.pem"), str(tmp_path / "data.xml")]
    result = subprocess.run(command, capture_output=True, check=True, timeout=30)

    name = etree.fromstring(result.stdout)
    assert (name.tag, name.text) == (f"{{{urns.SAML}}}NameID", BSN.value)
    assert sorted(name.values()) == sorted((urns.PERSISTENT, urns.LEGACY_BSN))


@pytest.mark.clause("DV-ATT-11")
def test_a_renamed_copy_shares_no_id_with_the_original_and_opens_alike() -> None:
    sealed = an_encrypted_id(DV, BVD)
    copy = renamed(sealed, "-1")
    ids, copied = (
        {element.get("Id") for element in etree.fromstring(each.xml).iter() if element.get("Id")}
        for each in (sealed, copy)
    )

    assert copied == {f"{each}-1" for each in ids}
    for element in etree.fromstring(copy.xml).iter():
        assert element.get("URI", "#-1").endswith("-1")
    assert opened(copy) == BSN
    assert opened(renamed(an_encrypted_id(DV), "-1")) == BSN


@pytest.mark.clause("DV-ATT-05")
def test_a_copy_for_the_dv_names_no_other_recipient() -> None:
    copy = addressed_to(an_encrypted_id(DV, BVD), DV)

    assert copy.recipients == (DV,)
    assert BVD.value.encode() not in copy.xml
    assert opened(copy) == BSN
    with pytest.raises(AnswerRefused):
        addressed_to(copy, BVD)


def test_a_value_shows_neither_identity_nor_cipher() -> None:
    sealed = an_encrypted_id(DV)

    assert BSN.value not in repr(BSN)
    assert b"EncryptedID" in sealed.xml
    assert "EncryptedID" not in repr(sealed)
    assert BSN.value.encode() not in sealed.xml


def test_there_is_no_encrypting_for_a_party_without_a_key() -> None:
    with pytest.raises(ValueError, match="without a key"):
        encrypt_id(BSN, [a_recipient(DV), Recipient(BVD, ())])


def spoiled(old: str, new: str, sealed: EncryptedId | None = None) -> EncryptedId:
    """An EncryptedID with one thing changed."""
    sealed = sealed or an_encrypted_id(DV)
    assert old.encode() in sealed.xml
    return EncryptedId(sealed.xml.replace(old.encode(), new.encode()), sealed.recipients)


def with_content(content: str) -> EncryptedId:
    """An EncryptedID, well made, of something else than the standard's NameID."""
    sealed = an_encrypted_id(DV)
    root = etree.fromstring(sealed.xml)
    cipher = root.findtext("xenc:EncryptedKey/xenc:CipherData/xenc:CipherValue", "", XENC)
    content_key = decryption_key(DV.value).private.decrypt(
        base64.b64decode(cipher), OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None)
    )
    padding = 16 - len(content.encode()) % 16
    encryptor = Cipher(AES256(content_key), CBC(bytes(16))).encryptor()
    sealed_content = bytes(16) + encryptor.update(content.encode() + bytes([padding]) * padding) + encryptor.finalize()
    value = root.find("xenc:EncryptedData/xenc:CipherData/xenc:CipherValue", XENC)
    assert value is not None
    value.text = base64.b64encode(sealed_content).decode()
    return EncryptedId(etree.tostring(root), sealed.recipients)


NAME_ID = f'<a:NameID xmlns:a="{urns.SAML}" Format="{urns.PERSISTENT}" NameQualifier="q">1</a:NameID>'


@pytest.mark.clause("DV-ATT-06", "GEN-17", "GEN-18")
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: an_encrypted_id(BVD), id="another-recipient"),
        pytest.param(lambda: encrypt_id(BSN, [a_recipient(DV, "unknown")]), id="another-key"),
        pytest.param(lambda: spoiled(urns.AES256_CBC, urns.AES256_CBC.replace("256", "128")), id="aes128"),
        pytest.param(lambda: spoiled("aes256-cbc", "tripledes-cbc"), id="tripledes"),
        pytest.param(lambda: spoiled("rsa-oaep-mgf1p", "rsa-1_5"), id="rsa-1.5"),
        pytest.param(lambda: spoiled(urns.SHA1, urns.SHA256), id="oaep-sha256"),
        pytest.param(lambda: spoiled('URI="#', 'URI="https://evil.test/#'), id="remote-retrieval"),
        pytest.param(lambda: spoiled("</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>",
                                     "AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"), id="cipher"),
        pytest.param(lambda: spoiled("<xenc:CipherValue>", "<xenc:CipherValue>*"), id="no-base64"),
        pytest.param(lambda: spoiled("xenc:CipherValue", "xenc:CipherReference"), id="cipher-reference"),
        pytest.param(lambda: EncryptedId(b"", (DV,)), id="nothing"),
        pytest.param(lambda: EncryptedId(b"<a/>", (DV,)), id="something-else"),
        pytest.param(lambda: with_content("<a/>"), id="other-content"),
        pytest.param(lambda: with_content("no xml"), id="content-no-xml"),
        pytest.param(lambda: with_content("<!DOCTYPE a>" + NAME_ID), id="content-with-dtd"),
        pytest.param(lambda: with_content(NAME_ID.replace("persistent", "transient")), id="transient"),
        pytest.param(lambda: with_content(NAME_ID.replace(' NameQualifier="q"', "")), id="no-qualifier"),
        pytest.param(lambda: with_content(NAME_ID.replace(" Name", ' SPNameQualifier="x" Name')), id="sp-qualifier"),
        pytest.param(lambda: with_content(NAME_ID.replace(">1<", "><b/><")), id="element-inside"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_with_it_the_refusal_is_the_same(make: object) -> None:
    assert callable(make)
    with pytest.raises(AnswerRefused) as refused:
        opened(make())

    assert refused.value.facts() == {
        "failure": "AnswerRefused",
        "why": "an identity cannot be decrypted",
        "clause": "DV-ATT-06",
        "expected": "what our keys open",
        "found": "what they do not open, or something else inside",
    }
    assert refused.value.__suppress_context__


def test_the_content_that_is_spoiled_above_is_good_when_left_alone() -> None:
    assert opened(with_content(NAME_ID)) == NameId("q", "1")


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z", "Co", "Cn")), min_size=1, max_size=200)
)
def test_any_value_comes_back_as_it_went_in(value: str) -> None:
    assert opened(encrypt_id(NameId("urn:q", value), [a_recipient(DV)])) == NameId("urn:q", value)


def test_it_reads_from_a_message_as_it_was_made() -> None:
    sealed = an_encrypted_id(DV, BVD)
    signed = assertion.write(an_assertion(attributes=(Attribute(urns.ACTING_SUBJECT_ID, (sealed,)),)), key_of(AD))
    (read,) = assertion.read(signed, keys_of_all()).acting

    assert read.recipients == sealed.recipients
    assert opened(read) == BSN
    assert read_encrypted_id(parse(sealed.xml)).recipients == (DV, BVD)


@pytest.mark.clause("DV-RSP-08")
def test_a_whole_assertion_is_opened_by_each_of_the_readers_keys_and_by_no_other() -> None:
    secret = assertion.write(an_assertion(), key_of(AD))
    keys = [a_key("this year"), a_key("next year")]
    sealed = encrypt_assertion(secret, Recipient(DV, tuple(map(public, keys))))

    assert b"saml:Issuer" not in sealed
    for key in keys:
        (found,) = parse(xmlsec1_decrypts(sealed, key))
        assert xmlsec1_verifies(self_contained(found), key_of(AD))
    with pytest.raises(subprocess.CalledProcessError):
        xmlsec1_decrypts(sealed, a_key("nobody's"))


def test_a_reader_without_a_key_is_sent_nothing() -> None:
    with pytest.raises(ValueError, match="without a key"):
        encrypt_assertion(b"<a/>", Recipient(DV, ()))
