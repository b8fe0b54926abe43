"""Outside judges of what we write: the OASIS schemas, `xmlsec1`, signxml and python-xmlsec."""

import subprocess
import tempfile
from functools import cache
from pathlib import Path

import saml2
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration, XMLVerifier

from stelsel.saml.signatures import SigningKey

SCHEMAS = Path(saml2.__file__).parent / "data" / "schemas"
_ROOTS = {
    "urn:oasis:names:tc:SAML:2.0:protocol": "saml-schema-protocol-2.0.xsd",
    "urn:oasis:names:tc:SAML:2.0:assertion": "saml-schema-assertion-2.0.xsd",
    "urn:oasis:names:tc:SAML:2.0:metadata": "saml-schema-metadata-2.0.xsd",
}


class _ByFileName(etree.Resolver):
    """Finds imported schemas beside each other, whatever address the import names."""

    def resolve(self, system_url: str, public_id: str | None, context: object) -> object:  # type: ignore[override]
        return self.resolve_filename(str(SCHEMAS / Path(system_url).name), context)  # type: ignore[attr-defined]


@cache
def _schema(namespace: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_ByFileName())
    return etree.XMLSchema(etree.parse(str(SCHEMAS / _ROOTS[namespace]), parser))


def check_schema(message: bytes) -> None:
    """Raises when a message breaks the schema of its namespace."""
    root = etree.fromstring(message)
    _schema(etree.QName(root).namespace or "").assertValid(root)


def pem(key: SigningKey) -> bytes:
    """The certificate of `key` as PEM."""
    return x509.load_der_x509_certificate(key.certificate).public_bytes(Encoding.PEM)


def xmlsec1_verifies(message: bytes, key: SigningKey, node: str = "") -> bool:
    """Whether `xmlsec1` finds the signature good; `node` is an XPath to the Signature, by default the first."""
    with tempfile.TemporaryDirectory() as folder:
        document, certificate = Path(folder, "message.xml"), Path(folder, "certificate.pem")
        document.write_bytes(message)
        certificate.write_bytes(pem(key))
        ids = [
            argument
            for name in (
                "AuthnRequest",
                "ArtifactResolve",
                "ArtifactResponse",
                "Response",
                "LogoutRequest",
                "LogoutResponse",
            )
            for argument in ("--id-attr:ID", f"urn:oasis:names:tc:SAML:2.0:protocol:{name}")
        ]
        ids += ["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"]
        for name in ("EntityDescriptor", "EntitiesDescriptor"):
            ids += ["--id-attr:ID", f"urn:oasis:names:tc:SAML:2.0:metadata:{name}"]
        where = ["--node-xpath", node] if node else []
        command = ["xmlsec1", "--verify", "--pubkey-cert-pem", str(certificate), *ids, *where, str(document)]
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


def xmlsec1_decrypts(message: bytes, key: SigningKey) -> bytes:
    """The message with its EncryptedData opened by `xmlsec1`. Raises when it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        document, private = Path(folder, "message.xml"), Path(folder, "key.pem")
        document.write_bytes(message)
        private.write_bytes(key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        command = ["xmlsec1", "--decrypt", "--privkey-pem", str(private), str(document)]
        return subprocess.run(command, capture_output=True, check=True, timeout=30).stdout


def python_xmlsec_verifies(message: bytes, key: SigningKey) -> bool:
    """Whether python-xmlsec finds the signature of the root good."""
    root = etree.fromstring(message)
    signature = next(child for child in root if child.tag == "{http://www.w3.org/2000/09/xmldsig#}Signature")
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem(key), xmlsec.constants.KeyDataFormatCertPem, None)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def signxml_reads(message: bytes, key: SigningKey) -> etree._Element:
    """The element that signxml says was signed. Raises its own errors."""
    configuration = SignatureConfiguration(
        require_x509=True,
        location="./",
        expect_references=1,
        signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
    )
    verified = XMLVerifier().verify(
        message, x509_cert=pem(key).decode(), id_attribute="ID", expect_config=configuration
    )
    signed = verified[0].signed_xml if isinstance(verified, list) else verified.signed_xml
    assert signed is not None
    return signed
