"""What a signature costs with each engine we could stand on: `python -m benchmarks.signature_engines`.

CPU milliseconds, children included, on messages as they travel: an assertion with two more in Advice is signed, and
the ArtifactResponse around it is read (parse, both signatures). The best of several rounds.
"""

import resource
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from stelsel.saml import artifact
from stelsel.saml.signatures import SigningKey, sign
from stelsel.saml.xml import canonical, parse, parsed, self_contained
from tests.stelsel.saml.factories import RD, a_resolved_login, key_of, keys_of_all

ROUNDS: Final = 7
DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
SAML: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"


def cpu_ms(work: Callable[[], object], times: int = 100) -> float:
    """CPU milliseconds of one `work`, in the best of several rounds."""
    work()
    return min(_once(work, times) for _ in range(ROUNDS))


def _once(work: Callable[[], object], times: int) -> float:
    before = _spent()
    for _ in range(times):
        work()
    return (_spent() - before) / times * 1000


def _spent() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def pem_of(key: SigningKey) -> tuple[bytes, bytes]:
    """Private key and certificate as PEM."""
    private = key.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return private, x509.load_der_x509_certificate(key.certificate).public_bytes(Encoding.PEM)


class Messages:
    """The same two messages for every engine."""

    def __init__(self) -> None:
        self.key = key_of(RD)
        self.login = a_resolved_login()
        answer = parsed(self.login)[0][0]
        summary = answer.find(f"{SAMLP}Response/{SAML}Assertion")
        assert summary is not None
        summary.remove(summary[1])
        self.unsigned = self_contained(summary)
        self.private, self.certificate = pem_of(self.key)


def floor(messages: Messages) -> tuple[float, float]:
    """What no engine can do without: the RSA, the parses and the C14N, and nothing else."""
    key, public = messages.key.private, messages.key.private.public_key()
    value = key.sign(b"x", PKCS1v15(), hashes.SHA256())
    tree = parsed(messages.login)
    answer = tree[0][0]
    inner = answer.find(f"{SAMLP}Response/{SAML}Assertion")
    assert inner is not None

    def signing() -> None:
        canonical(parsed(messages.unsigned))
        key.sign(b"x", PKCS1v15(), hashes.SHA256())

    def reading() -> None:
        parsed(messages.login)
        for element in (answer, inner):
            parsed(canonical(element))
            public.verify(value, b"x", PKCS1v15(), hashes.SHA256())

    return cpu_ms(signing), cpu_ms(reading)


def own(messages: Messages) -> tuple[float, float]:
    """lxml's C14N and `cryptography`, as in stelsel/saml/signatures.py: reading includes every check and all values."""
    keys_of = keys_of_all()
    return (
        cpu_ms(lambda: sign(messages.unsigned, messages.key)),
        cpu_ms(lambda: artifact.read_artifact_response(messages.login, keys_of)),
    )


def python_xmlsec(messages: Messages) -> tuple[float, float]:
    """libxmlsec1 in process."""
    private = xmlsec.Key.from_memory(messages.private, xmlsec.constants.KeyDataFormatPem, None)
    public = xmlsec.Key.from_memory(messages.certificate, xmlsec.constants.KeyDataFormatCertPem, None)

    def signing() -> bytes:
        root = parsed(messages.unsigned)
        signature = xmlsec.template.create(
            root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
        )
        root.insert(1, signature)
        reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri=f"#{root.get('ID')}")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        info = xmlsec.template.ensure_key_info(signature)
        xmlsec.template.add_key_name(info, messages.key.name)
        xmlsec.tree.add_ids(root, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = private
        context.sign(signature)
        return etree.tostring(root)

    def reading() -> None:
        root = parse(messages.login)
        xmlsec.tree.add_ids(root, ["ID"])
        for element in (root[0][0], root[0][0].find(f"{SAMLP}Response/{SAML}Assertion")):
            assert element is not None
            context = xmlsec.SignatureContext()
            context.key = public
            context.verify(element[1])

    return cpu_ms(signing), cpu_ms(reading)


def with_signxml(messages: Messages) -> tuple[float, float]:
    """signxml, on lxml and `cryptography` like our own."""
    certificate, private = messages.certificate.decode(), messages.key.private
    configuration = SignatureConfiguration(location="./", expect_references=1)
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)

    def signing() -> bytes:
        root = parsed(messages.unsigned)
        root.insert(1, etree.Element(f"{DS}Signature", Id="placeholder"))
        return etree.tostring(
            signer.sign(root, key=private, cert=certificate, reference_uri=root.get("ID"), id_attribute="ID")
        )

    def reading() -> None:
        root = parse(messages.login)
        for element in (root[0][0], root[0][0].find(f"{SAMLP}Response/{SAML}Assertion")):
            assert element is not None
            XMLVerifier().verify(element, x509_cert=certificate, id_attribute="ID", expect_config=configuration)

    return cpu_ms(signing, 30), cpu_ms(reading, 30)


def xmlsec1(messages: Messages) -> tuple[float, float]:
    """The program, once per signature, as pysaml2 starts it."""
    with tempfile.TemporaryDirectory() as folder:
        document, template, certificate, private = (
            Path(folder, name) for name in ("login.xml", "template.xml", "certificate.pem", "key.pem")
        )
        document.write_bytes(messages.login)
        certificate.write_bytes(messages.certificate)
        private.write_bytes(messages.private)
        root = parsed(sign(messages.unsigned, messages.key))
        for name in ("DigestValue", "SignatureValue"):
            found = next(root[1].iter(f"{DS}{name}"))
            found.text = None
        template.write_bytes(etree.tostring(root))
        ids = [
            argument
            for name in (f"{SAMLP[1:-1]}:ArtifactResponse", f"{SAML[1:-1]}:Assertion")
            for argument in ("--id-attr:ID", name)
        ]
        inner = "//*[local-name()='Response']/*[local-name()='Assertion']/*[local-name()='Signature']"
        outer = "//*[local-name()='ArtifactResponse']/*[local-name()='Signature']"

        def run(*arguments: str) -> None:
            subprocess.run(["xmlsec1", *arguments], check=True, capture_output=True)

        def reading() -> None:
            for where in (outer, inner):
                run("--verify", "--pubkey-cert-pem", str(certificate), *ids, "--node-xpath", where, str(document))

        signing = ("--sign", "--privkey-pem", str(private), *ids, str(template))
        return cpu_ms(lambda: run(*signing), 10), cpu_ms(reading, 10)


def main() -> None:
    """Prints the table of docs/decisions/0002-signature-engine.md."""
    messages = Messages()
    print(f"assertion {len(messages.unsigned)} bytes, ArtifactResponse {len(messages.login)} bytes, RSA-2048")
    print(f"| {'CPU ms':<26} | {'sign':>7} | {'read':>7} |\n|{'-' * 28}|{'-' * 9}|{'-' * 9}|")
    for name, measure in (
        ("floor", floor),
        ("own", own),
        ("python-xmlsec", python_xmlsec),
        ("signxml", with_signxml),
        ("xmlsec1 process", xmlsec1),
    ):
        signing, reading = measure(messages)
        print(f"| {name:<26} | {signing:7.2f} | {reading:7.2f} |")


if __name__ == "__main__":
    main()
