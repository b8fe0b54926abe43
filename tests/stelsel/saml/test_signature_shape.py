"""The one shape of a signature that is accepted: what real software varies passes, everything else does not.

Each forged signature here is cryptographically right and breaks exactly one rule.
"""

import base64
from collections.abc import Sequence

import pytest

from stelsel import urns
from stelsel.failures import SignatureRefused
from stelsel.saml.signatures import SigningKey, VerificationKey, sign, verify
from stelsel.saml.xml import parse
from tests.stelsel.saml.factories import RD, a_key, key_of, public
from tests.stelsel.saml.foreign_signer import ENVELOPED, EXCLUSIVE, Signature, inclusive
from tests.stelsel.saml.judges import xmlsec1_verifies

MESSAGE = (
    '<p:ArtifactResolve xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    f' ID="_1" Version="2.0" IssueInstant="2026-03-10T11:00:00Z">'
    f'<a:Issuer xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion">{RD.value}</a:Issuer>'
    "<p:Artifact>AAQ=</p:Artifact></p:ArtifactResolve>"
).encode()
KEY = key_of(RD)


def x509(key: SigningKey, more: str = "") -> str:
    """An X509Data with the certificate of `key`, broken into lines as OpenSSL does."""
    text = base64.encodebytes(key.certificate).decode()
    return f"<ds:X509Data>{more}<ds:X509Certificate>\n{text}</ds:X509Certificate></ds:X509Data>"


def read(message: bytes, keys: Sequence[VerificationKey] = ()) -> str:
    """The Artifact in a message, by the strict reader."""
    return verify(parse(message), keys or [public(a_key("RD, next")), public(KEY)])[1].text or ""


@pytest.mark.clause("GEN-02", "GEN-03", "GEN-14")
@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(Signature(), id="keyname"),
        pytest.param(Signature(key_info=x509(KEY)), id="x509"),
        pytest.param(
            Signature(key_info="<ds:KeyName>dv.example.nl</ds:KeyName>" + x509(KEY)), id="foreign-keyname-x509"
        ),
        pytest.param(
            Signature(
                key_info=f"<ds:KeyName>a</ds:KeyName><ds:KeyName>b</ds:KeyName>"
                f"{x509(KEY, '<ds:X509SubjectName>CN=a</ds:X509SubjectName>')}"
            ),
            id="several-keynames-x509",
        ),
        pytest.param(Signature(key_info=x509(KEY) + "<ds:KeyName>a</ds:KeyName>"), id="x509-first"),
        pytest.param(
            Signature(key_info=f"<ds:KeyName>a</ds:KeyName><ds:KeyName>{KEY.name}</ds:KeyName>"), id="keynames"
        ),
        pytest.param(Signature(key_info=f"<ds:KeyName>\n  {KEY.name}\n</ds:KeyName>"), id="indented-keyname"),
        pytest.param(Signature(signature_attributes=' Id="Signature1"'), id="signature-id"),
        pytest.param(Signature(wrap=64), id="line-breaks"),
        pytest.param(Signature(algorithm=urns.RSA_SHA384, digest=urns.SHA384), id="sha384"),
        pytest.param(Signature(algorithm=urns.RSA_SHA512, digest=urns.SHA512), id="sha512"),
        pytest.param(Signature(algorithm=urns.RSA_SHA512, digest=urns.SHA256), id="sha512-sha256"),
    ],
)
def test_what_real_senders_vary_is_read(signature: Signature) -> None:
    signed = signature.sign(MESSAGE, KEY)

    assert xmlsec1_verifies(signed, KEY)
    assert read(signed) == "AAQ="


@pytest.mark.clause("C-18")
@pytest.mark.parametrize("prefixes", ["ds saml samlp xs", "xs", "#default xs p"])
def test_a_prefix_list_is_understood(prefixes: str) -> None:
    exclusive = f'<ds:Transform Algorithm="{urns.EXC_C14N}">{inclusive(prefixes)}</ds:Transform>'
    signed = Signature(transforms=ENVELOPED + exclusive, prefixes=prefixes).sign(MESSAGE, KEY)

    assert xmlsec1_verifies(signed, KEY)
    assert read(signed) == "AAQ="


@pytest.mark.clause("C-18")
def test_a_prefix_list_on_the_signed_info_is_understood() -> None:
    signed = Signature(method_content=inclusive("xs p"), method_prefixes="xs p").sign(MESSAGE, KEY)

    assert xmlsec1_verifies(signed, KEY)
    assert read(signed) == "AAQ="


@pytest.mark.clause("C-18")
def test_a_prefix_list_counts_what_the_envelope_declares() -> None:
    """lxml canonises a part as if its ancestors declared nothing; the reader may not."""
    exclusive = f'<ds:Transform Algorithm="{urns.EXC_C14N}">{inclusive("xs far")}</ds:Transform>'
    inside = MESSAGE.replace(b' ID="_1"', b' xmlns:far="urn:far" ID="_1"')
    signed = Signature(transforms=ENVELOPED + exclusive, prefixes="xs far").sign(inside, KEY)
    enveloped = b'<e xmlns:far="urn:far">' + signed.replace(b' xmlns:far="urn:far"', b"", 1) + b"</e>"

    assert verify(parse(enveloped)[0], [public(KEY)]).get("ID") == "_1"


def x(algorithm: str, content: str = "") -> str:
    """A Transform."""
    return f'<ds:Transform Algorithm="{algorithm}">{content}</ds:Transform>'


SECOND_REFERENCE = (
    f'<ds:Reference URI="#_1"><ds:Transforms>{ENVELOPED}{EXCLUSIVE}</ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{urns.SHA256}"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>'
)
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


@pytest.mark.clause("GEN-02", "GEN-03", "GEN-05", "GEN-06", "GEN-07", "GEN-10", "GEN-14", "GEN-16", "GEN-04", "C-01")
@pytest.mark.parametrize(
    ("signature", "clause"),
    [
        pytest.param(Signature(uri='URI=""'), "GEN-07", id="empty-uri"),
        pytest.param(Signature(uri=""), "GEN-06", id="no-uri"),
        pytest.param(Signature(uri='URI="#_2"'), "GEN-07", id="another-element"),
        pytest.param(Signature(uri='URI="https://evil.test/#_1"'), "GEN-07", id="another-document"),
        pytest.param(Signature(uri="URI=\"#xpointer(id('_1'))\""), "GEN-07", id="xpointer"),
        pytest.param(Signature(reference_attributes=f' Type="{urns.DS}Manifest"'), "GEN-06", id="reference-type"),
        pytest.param(Signature(second_reference=SECOND_REFERENCE), "GEN-06", id="two-references"),
        pytest.param(Signature(method=INCLUSIVE), "GEN-05", id="inclusive-c14n"),
        pytest.param(Signature(method=f"{urns.EXC_C14N}WithComments"), "GEN-05", id="c14n-with-comments"),
        pytest.param(Signature(algorithm=f"{urns.DS}rsa-sha1"), "GEN-02", id="rsa-sha1"),
        pytest.param(Signature(algorithm=f"{urns.DS}hmac-sha1"), "GEN-02", id="hmac"),
        pytest.param(Signature(algorithm="urn:unknown"), "GEN-02", id="unknown-algorithm"),
        pytest.param(
            Signature(algorithm_content="<ds:HMACOutputLength>8</ds:HMACOutputLength>"), "GEN-06", id="hmac-length"
        ),
        pytest.param(Signature(digest=urns.SHA1), "GEN-03", id="sha1"),
        pytest.param(Signature(digest="http://www.w3.org/2001/04/xmldsig-more#md5"), "GEN-03", id="md5"),
        pytest.param(
            Signature(
                transforms=x("http://www.w3.org/TR/2013/REC-xmldsig-core1-20130411/#enveloped-signature") + EXCLUSIVE
            ),
            "GEN-06",
            id="the-standards-other-name-for-enveloped",
        ),
        pytest.param(Signature(transforms=ENVELOPED), "GEN-06", id="enveloped-only"),
        pytest.param(Signature(transforms=EXCLUSIVE), "GEN-06", id="exclusive-only"),
        pytest.param(Signature(transforms=EXCLUSIVE + ENVELOPED), "GEN-06", id="transforms-swapped"),
        pytest.param(Signature(transforms=ENVELOPED + EXCLUSIVE + EXCLUSIVE), "GEN-06", id="three-transforms"),
        pytest.param(Signature(transforms=ENVELOPED + x(INCLUSIVE)), "GEN-06", id="inclusive-transform"),
        pytest.param(
            Signature(transforms=ENVELOPED + x("http://www.w3.org/TR/1999/REC-xslt-19991116")), "GEN-06", id="xslt"
        ),
        pytest.param(
            Signature(transforms=x(urns.ENVELOPED, "<ds:XPath>1</ds:XPath>") + EXCLUSIVE), "GEN-06", id="xpath"
        ),
        pytest.param(Signature(after="<ds:Object><p:x xmlns:p='urn:x'/></ds:Object>"), "GEN-06", id="object"),
        pytest.param(Signature(key_info=""), "GEN-06", id="no-keyinfo"),
        pytest.param(Signature(key_info="<ds:X509Data/>"), "GEN-14", id="no-selector"),
        pytest.param(Signature(key_info="<ds:KeyName>unknown</ds:KeyName>"), "GEN-16", id="unknown-keyname"),
        pytest.param(Signature(key_info=x509(a_key("mallory"))), "GEN-16", id="unknown-certificate"),
        pytest.param(
            Signature(key_info=f"<ds:KeyName>{KEY.name}</ds:KeyName>{x509(a_key('mallory'))}"),
            "GEN-16",
            id="known-name-unknown-certificate",
        ),
        pytest.param(Signature(key_info=x509(KEY) + x509(a_key("mallory"))), "GEN-06", id="two-certificates"),
        pytest.param(Signature(key_info="<ds:KeyValue/>"), "GEN-06", id="keyvalue"),
        pytest.param(
            Signature(key_info='<ds:RetrievalMethod URI="https://evil.test/key"/>'), "GEN-06", id="retrieval-method"
        ),
        pytest.param(Signature(key_info="<ds:KeyName>a</ds:KeyName>" * 9), "GEN-06", id="nine-keynames"),
    ],
)
def test_a_signature_of_another_shape_is_refused(signature: Signature, clause: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        read(signature.sign(MESSAGE, KEY))

    assert refused.value.broken_clause == clause


@pytest.mark.clause("GEN-13")
def test_a_short_key_is_refused() -> None:
    short = a_key("short", bits=1024)

    with pytest.raises(SignatureRefused) as refused:
        read(
            sign(MESSAGE.replace(b"a:Issuer", b"saml:Issuer").replace(b"xmlns:a", b"xmlns:saml"), short),
            [public(short)],
        )
    assert refused.value.broken_clause == "GEN-13"


def twice(part: str) -> bytes:
    """A signed message in which one part of the Signature stands twice."""
    signed = Signature().sign(MESSAGE, KEY).decode()
    start, end = signed.index(f"<ds:{part}"), signed.index(f"</ds:{part}>") + len(f"</ds:{part}>")
    return (signed[:end] + signed[start:end] + signed[end:]).encode()


@pytest.mark.parametrize(
    "part", ["SignedInfo", "SignatureValue", "DigestValue", "DigestMethod", "KeyInfo", "Reference"]
)
def test_a_part_of_the_signature_that_stands_twice_is_refused(part: str) -> None:
    document = twice(part) if part != "DigestMethod" else twice("Transforms")

    with pytest.raises(SignatureRefused):
        read(document)


@pytest.mark.clause("GEN-10", "GEN-11")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<p:Artifact>AAQ=", b"<p:Artifact>AAQ"),
        (b'Version="2.0"', b'Version="2.1"'),
        (RD.value.encode() + b"<", RD.value.replace("9000", "9001").encode() + b"<"),
        (b"<ds:DigestValue>", b"<ds:DigestValue>AAAA"),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"),
        (b"</ds:SignatureValue>", b"*</ds:SignatureValue>"),
    ],
)
def test_a_message_that_was_changed_is_refused(old: bytes, new: bytes) -> None:
    signed = Signature().sign(MESSAGE, KEY)
    assert old in signed

    with pytest.raises(SignatureRefused):
        read(signed.replace(old, new, 1))


@pytest.mark.clause("GEN-08")
def test_a_signature_at_another_place_is_refused() -> None:
    signed = Signature().sign(MESSAGE, KEY).decode()
    start, end = signed.index("<ds:Signature "), signed.index("</ds:Signature>") + len("</ds:Signature>")
    moved = (signed[:start] + signed[end:]).replace("</p:ArtifactResolve>", signed[start:end] + "</p:ArtifactResolve>")

    for message in (MESSAGE, moved.encode()):
        with pytest.raises(SignatureRefused) as refused:
            read(message)
        assert refused.value.broken_clause == "GEN-08"


def test_text_behind_the_signature_is_part_of_what_is_signed() -> None:
    message = MESSAGE.replace(b"</a:Issuer>", b"</a:Issuer>\n  ").replace(b"</p:Artifact>", b"</p:Artifact>\n")
    signed = Signature(wrap=76).sign(message, KEY)

    assert read(signed) == "AAQ="
    with pytest.raises(SignatureRefused):
        read(signed.replace(b"</ds:Signature>", b"</ds:Signature>\n"))
