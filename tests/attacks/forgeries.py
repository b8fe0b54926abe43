"""Signatures as an attacker makes them who has a key, his own or another member's, or none: threats S3, S6, S11 to S14.

Made by engines that are not ours: the lines of `foreign_signer`, and python-xmlsec (libxmlsec1). A forgery takes an
unsigned message and the key of its true sender; what it may use of that is the public part, unless it says otherwise.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from lxml import etree

from stelsel import urns
from stelsel.saml.signatures import SigningKey
from tests.stelsel.saml.factories import BVD, LC, a_key, key_of
from tests.stelsel.saml.foreign_signer import ENVELOPED, EXCLUSIVE, Signature

Forgery = Callable[[bytes, SigningKey], bytes]

DSIG11: Final = "http://www.w3.org/2009/xmldsig11#"
MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH_FILTER: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT: Final = "http://www.w3.org/TR/1999/REC-xslt-19991116"
INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EMPTY: Final = base64.b64encode(hashlib.sha256(b"").digest()).decode()
MALLORY: Final = "mallory"


def _by_sender(**shape: Any) -> Forgery:
    """The sender itself signs, cryptographically right, in a shape of this kind: a member that turned bad."""
    return lambda message, key: Signature(**shape).sign(message, key)


def _x(algorithm: str, content: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{content}</ds:Transform>'


def _reference(uri: str, kind: str = "") -> str:
    return (
        f'<ds:Reference URI="{uri}"{kind}><ds:Transforms>{ENVELOPED}{EXCLUSIVE}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{urns.SHA256}"/><ds:DigestValue>{EMPTY}</ds:DigestValue></ds:Reference>'
    )


def of_shape(url: str) -> Mapping[str, tuple[str, Forgery]]:
    """Signatures of the sender's own hand in a shape that computes, fetches or hides; `url` is where they reach."""
    script = (
        '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/">'
        f"<xsl:copy-of select=\"document('{url}')\"/></xsl:template></xsl:stylesheet>"
    )
    manifest = f'<ds:Object><ds:Manifest Id="m">{_reference(url)}</ds:Manifest></ds:Object>'
    cipher = (
        f'<xenc:EncryptedKey xmlns:xenc="{urns.XENC}"><xenc:CipherData><xenc:CipherReference URI="{url}"/>'
        "</xenc:CipherData></xenc:EncryptedKey>"
    )
    return {
        "digest-of-nothing": ("S3", _by_sender(digest_value=EMPTY)),
        "empty-digest": ("S3", _by_sender(digest_value="")),
        "c14n-with-comments": ("S5", _by_sender(method=f"{urns.EXC_C14N}WithComments")),
        "transform-with-comments": ("S5", _by_sender(transforms=ENVELOPED + _x(f"{urns.EXC_C14N}WithComments"))),
        "two-references": ("S6", _by_sender(second_reference=_reference("#_other"))),
        "xslt-transform": ("S11", _by_sender(transforms=ENVELOPED + _x(XSLT, script))),
        "xslt-before-the-others": ("S11", _by_sender(transforms=_x(XSLT, script) + ENVELOPED + EXCLUSIVE)),
        "xpath-transform": (
            "S11",
            _by_sender(transforms=ENVELOPED + _x(XPATH, "<ds:XPath>not(ancestor-or-self::x)</ds:XPath>") + EXCLUSIVE),
        ),
        "xpath-filter": ("S11", _by_sender(transforms=_x(XPATH_FILTER) + EXCLUSIVE)),
        "base64-transform": ("S11", _by_sender(transforms=_x(f"{urns.DS}base64") + EXCLUSIVE)),
        "no-transform": ("S11", _by_sender(transforms="")),
        "inclusive-c14n": ("S11", _by_sender(transforms=ENVELOPED + _x(INCLUSIVE), method=INCLUSIVE)),
        "manifest": ("S11", _by_sender(after=manifest)),
        "manifest-reference": ("S11", _by_sender(reference_attributes=f' Type="{urns.DS}Manifest"')),
        "remote-reference": ("S11", _by_sender(uri=f'URI="{url}"')),
        "remote-reference-beside": ("S11", _by_sender(second_reference=_reference(url))),
        "reference-to-a-file": ("S11", _by_sender(uri='URI="file:///etc/hostname"')),
        "xpointer": ("S11", _by_sender(uri='URI="#xpointer(/)"')),
        "empty-uri": ("S15", _by_sender(uri='URI=""')),
        "no-uri": ("S15", _by_sender(uri="")),
        "another-elements-id": ("S15", _by_sender(uri='URI="#_another"')),
        "retrieval-method": ("S11", _by_sender(key_info=f'<ds:RetrievalMethod URI="{url}"/>')),
        "retrieval-of-a-certificate": (
            "S11",
            _by_sender(key_info=f'<ds:RetrievalMethod Type="{urns.DS}rawX509Certificate" URI="{url}"/>'),
        ),
        "key-info-reference": (
            "S11",
            _by_sender(key_info=f'<d:KeyInfoReference xmlns:d="{DSIG11}" URI="{url}"/>'),
        ),
        "cipher-reference": ("S11", _by_sender(key_info=cipher)),
        "hmac-output-length": ("S13", _by_sender(algorithm_content="<ds:HMACOutputLength>1</ds:HMACOutputLength>")),
        "unknown-algorithm": ("S13", _by_sender(algorithm="urn:evil:none")),
        "no-algorithm": ("S13", _by_sender(algorithm="")),
        "rsa-pss": ("S13", _by_sender(algorithm="http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1")),
        "md5-by-name": ("S14", _by_sender(digest=f"{MORE}md5")),
        "sha256-misspelt": ("S14", _by_sender(digest="http://www.w3.org/2000/09/xmldsig#sha256")),
    }


def certificate_text(key: SigningKey) -> str:
    """An X509Data with the certificate of `key`."""
    text = base64.b64encode(key.certificate).decode()
    return f"<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>"


def _key_value(key: SigningKey) -> str:
    numbers = key.private.public_key().public_numbers()
    modulus, exponent = (
        base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
        for number in (numbers.n, numbers.e)
    )
    return (
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>{exponent}</ds:Exponent>"
        "</ds:RSAKeyValue></ds:KeyValue>"
    )


def _der_key_value(key: SigningKey) -> str:
    der = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f'<d:DEREncodedKeyValue xmlns:d="{DSIG11}">{base64.b64encode(der).decode()}</d:DEREncodedKeyValue>'


@cache
def look_alike(certificate: bytes) -> SigningKey:
    """A key of the attacker with a certificate that says the same as another: subject, issuer, serial, dates."""
    read = x509.load_der_x509_certificate(certificate)
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    made = (
        x509.CertificateBuilder()
        .subject_name(read.subject)
        .issuer_name(read.issuer)
        .public_key(private.public_key())
        .serial_number(read.serial_number)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(read.not_valid_after_utc)
        .sign(private, hashes.SHA256())
    )
    return SigningKey("look-alike", private, made.public_bytes(Encoding.DER))


def _by_mallory(key_info: Callable[[SigningKey, SigningKey], str]) -> Forgery:
    """Signed by the attacker; KeyInfo is made of the sender's key and of his own."""

    def forge(message: bytes, key: SigningKey) -> bytes:
        mine = a_key(MALLORY)
        return Signature(key_info=key_info(key, mine)).sign(message, mine)

    return forge


def _by_look_alike(message: bytes, key: SigningKey) -> bytes:
    mine = look_alike(key.certificate)
    return Signature(key_info=certificate_text(mine)).sign(message, mine)


def _by_member(key_info: Callable[[SigningKey, SigningKey], str]) -> Forgery:
    """Signed by another member of the network, whose metadata we know."""

    def forge(message: bytes, key: SigningKey) -> bytes:
        member = key_of(LC if key != key_of(LC) else BVD)
        return Signature(key_info=key_info(key, member)).sign(message, member)

    return forge


def _name(key: SigningKey) -> str:
    return f"<ds:KeyName>{key.name}</ds:KeyName>"


OF_KEYS: Final[Mapping[str, Forgery]] = {
    "key-value": _by_mallory(lambda _, mine: _key_value(mine)),
    "key-value-beside-the-senders-name": _by_mallory(lambda key, mine: _name(key) + _key_value(mine)),
    "der-encoded-key-value": _by_mallory(lambda _, mine: _der_key_value(mine)),
    "own-certificate": _by_mallory(lambda _, mine: certificate_text(mine)),
    "own-certificate-under-the-senders-name": _by_mallory(lambda key, mine: _name(key) + certificate_text(mine)),
    "own-certificate-beside-the-senders": _by_mallory(lambda key, mine: certificate_text(key) + certificate_text(mine)),
    "own-certificate-in-front-of-the-senders": _by_mallory(
        lambda key, mine: certificate_text(mine) + certificate_text(key)
    ),
    "both-certificates-in-one-x509data": _by_mallory(
        lambda key, mine: (certificate_text(key) + certificate_text(mine)).replace("</ds:X509Data><ds:X509Data>", "")
    ),
    "the-senders-certificate-and-another-key": _by_mallory(lambda key, _: certificate_text(key)),
    "the-senders-name-and-another-key": _by_mallory(lambda key, _: _name(key)),
    "own-name": _by_mallory(lambda _, mine: _name(mine)),
    "no-name": _by_mallory(lambda _, __: "<ds:KeyName/>"),
    "subject-name-only": _by_mallory(
        lambda key, _: f"<ds:X509Data><ds:X509SubjectName>CN={key.name}</ds:X509SubjectName></ds:X509Data>"
    ),
    "no-key-info": _by_mallory(lambda _, __: ""),
    "look-alike-certificate": _by_look_alike,
    "another-members-certificate": _by_member(lambda _, member: certificate_text(member)),
    "another-members-name": _by_member(lambda _, member: _name(member)),
    "another-members-key-under-the-senders-name": _by_member(lambda key, _: _name(key)),
}


def by_xmlsec(signature: Any, digest: Any, secret: Callable[[SigningKey], xmlsec.Key]) -> Forgery:
    """A signature that libxmlsec1 made, and verifies itself."""

    def forge(message: bytes, key: SigningKey) -> bytes:
        root = etree.fromstring(message)
        made = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, signature, ns="ds")
        root.insert(1, made)
        reference = xmlsec.template.add_reference(made, digest, uri="#" + root.get("ID", ""))
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        etree.SubElement(xmlsec.template.ensure_key_info(made), f"{{{urns.DS}}}KeyName").text = key.name
        xmlsec.tree.add_ids(root, ["ID"])
        signing, verifying = xmlsec.SignatureContext(), xmlsec.SignatureContext()
        signing.key = verifying.key = secret(key)
        signing.sign(made)
        verifying.verify(made)
        return etree.tostring(root)

    return forge


def private_of(key: SigningKey) -> xmlsec.Key:
    """The sender's own key, for libxmlsec1."""
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)


def _public_as_secret(encoding: Encoding, form: PublicFormat) -> Callable[[SigningKey], xmlsec.Key]:
    """What everybody can read in metadata, used as if it were a secret (CVE-2009-0217 and its kin)."""
    return lambda key: _hmac(key.private.public_key().public_bytes(encoding, form))


def _hmac(secret: bytes) -> xmlsec.Key:
    return xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, secret)


_RSA: Final = xmlsec.constants.TransformRsaSha256
_SHA256: Final = xmlsec.constants.TransformSha256
_SPKI: Final = PublicFormat.SubjectPublicKeyInfo

OF_ALGORITHMS: Final[Mapping[str, tuple[str, Forgery]]] = {
    "hmac-sha1-with-the-public-key": (
        "S13",
        by_xmlsec(xmlsec.constants.TransformHmacSha1, _SHA256, _public_as_secret(Encoding.PEM, _SPKI)),
    ),
    "hmac-sha256-with-the-public-key": (
        "S13",
        by_xmlsec(xmlsec.constants.TransformHmacSha256, _SHA256, _public_as_secret(Encoding.PEM, _SPKI)),
    ),
    "hmac-sha256-with-the-public-key-in-der": (
        "S13",
        by_xmlsec(xmlsec.constants.TransformHmacSha256, _SHA256, _public_as_secret(Encoding.DER, _SPKI)),
    ),
    "hmac-sha256-with-the-certificate": (
        "S13",
        by_xmlsec(xmlsec.constants.TransformHmacSha256, _SHA256, lambda key: _hmac(key.certificate)),
    ),
    "hmac-sha512-with-the-key-name": (
        "S13",
        by_xmlsec(xmlsec.constants.TransformHmacSha512, _SHA256, lambda key: _hmac(key.name.encode())),
    ),
    "rsa-sha1": ("S14", by_xmlsec(xmlsec.constants.TransformRsaSha1, _SHA256, private_of)),
    "rsa-sha1-over-sha1": (
        "S14",
        by_xmlsec(xmlsec.constants.TransformRsaSha1, xmlsec.constants.TransformSha1, private_of),
    ),
    "rsa-md5": ("S14", by_xmlsec(xmlsec.constants.TransformRsaMd5, _SHA256, private_of)),
    "rsa-ripemd160": ("S14", by_xmlsec(xmlsec.constants.TransformRsaRipemd160, _SHA256, private_of)),
    "rsa-sha224": ("S14", by_xmlsec(xmlsec.constants.TransformRsaSha224, _SHA256, private_of)),
    "digest-sha1": ("S14", by_xmlsec(_RSA, xmlsec.constants.TransformSha1, private_of)),
    "digest-md5": ("S14", by_xmlsec(_RSA, xmlsec.constants.TransformMd5, private_of)),
    "digest-sha224": ("S14", by_xmlsec(_RSA, xmlsec.constants.TransformSha224, private_of)),
    "digest-ripemd160": ("S14", by_xmlsec(_RSA, xmlsec.constants.TransformRipemd160, private_of)),
}

IN_ORDER: Final[Mapping[str, Forgery]] = {
    "our-lines": _by_sender(),
    "our-lines-with-the-certificate": lambda message, key: Signature(key_info=certificate_text(key)).sign(message, key),
    "libxmlsec1": by_xmlsec(_RSA, _SHA256, private_of),
    "libxmlsec1-sha512": by_xmlsec(xmlsec.constants.TransformRsaSha512, xmlsec.constants.TransformSha512, private_of),
}
