"""A signer without scruples: signatures of any shape, cryptographically right, as other software and forgers make."""

import base64
import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from stelsel import urns
from stelsel.saml.signatures import SigningKey

DS: Final = f"{{{urns.DS}}}"
ENVELOPED: Final = f'<ds:Transform Algorithm="{urns.ENVELOPED}"/>'
EXCLUSIVE: Final = f'<ds:Transform Algorithm="{urns.EXC_C14N}"/>'
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    urns.SHA256: hashes.SHA256(),
    urns.SHA384: hashes.SHA384(),
    urns.SHA512: hashes.SHA512(),
    urns.SHA1: hashes.SHA1(),
    urns.RSA_SHA256: hashes.SHA256(),
    urns.RSA_SHA384: hashes.SHA384(),
    urns.RSA_SHA512: hashes.SHA512(),
    f"{urns.DS}rsa-sha1": hashes.SHA1(),
}


def inclusive(prefixes: str) -> str:
    """An InclusiveNamespaces with this PrefixList."""
    return f'<ec:InclusiveNamespaces xmlns:ec="{urns.EC}" PrefixList="{prefixes}"/>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What makes up a signature; every default is what the profile asks."""

    signature_attributes: str = ""
    method: str = urns.EXC_C14N
    method_content: str = ""
    algorithm: str = urns.RSA_SHA256
    algorithm_content: str = ""
    uri: str | None = None
    reference_attributes: str = ""
    transforms: str = ENVELOPED + EXCLUSIVE
    digest: str = urns.SHA256
    digest_value: str | None = None
    second_reference: str = ""
    prefixes: str = ""
    method_prefixes: str = ""
    key_info: str | None = None
    after: str = ""
    wrap: int = 0

    def sign(self, message: bytes, key: SigningKey) -> bytes:
        """`message` with this signature after its first Issuer."""
        root = etree.fromstring(message)
        digest = hashes.Hash(_HASHES.get(self.digest, hashes.SHA256()))
        digest.update(_canonical(root, self.prefixes))
        value_of_digest = self._base64(digest.finalize()) if self.digest_value is None else self.digest_value
        uri = f'URI="#{root.get("ID")}"' if self.uri is None else self.uri
        key_info = f"<ds:KeyName>{key.name}</ds:KeyName>" if self.key_info is None else self.key_info
        info = (
            f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{self.method}">{self.method_content}'
            f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{self.algorithm}">{self.algorithm_content}'
            f"</ds:SignatureMethod><ds:Reference {uri}{self.reference_attributes}>"
            f"<ds:Transforms>{self.transforms}</ds:Transforms>"
            f'<ds:DigestMethod Algorithm="{self.digest}"/>'
            f"<ds:DigestValue>{value_of_digest}</ds:DigestValue></ds:Reference>"
            f"{self.second_reference}</ds:SignedInfo>"
        )
        signature = (
            f'<ds:Signature xmlns:ds="{urns.DS}"{self.signature_attributes}>{info}'
            f"<ds:SignatureValue>VALUE</ds:SignatureValue>{key_info and f'<ds:KeyInfo>{key_info}</ds:KeyInfo>'}"
            f"{self.after}</ds:Signature>"
        )
        before = re.search(rb"</[\w:]*Issuer>", message) or re.search(rb"<[\w:]+[^>]*>", message)  # metadata has none
        assert before is not None
        end = before.end()
        unsigned = message[:end] + signature.encode() + message[end:]
        signed_info = etree.fromstring(unsigned).find(f"{DS}Signature/{DS}SignedInfo")
        assert signed_info is not None
        value = key.private.sign(
            _canonical(etree.fromstring(etree.tostring(signed_info)), self.method_prefixes),
            PKCS1v15(),
            _HASHES.get(self.algorithm, hashes.SHA256()),
        )
        return unsigned.replace(b"VALUE", self._base64(value).encode(), 1)

    def _base64(self, data: bytes) -> str:
        text = base64.b64encode(data).decode()
        return "\n".join(text[at : at + self.wrap] for at in range(0, len(text), self.wrap)) if self.wrap else text


def _canonical(root: etree._Element, prefixes: str) -> bytes:
    return etree.tostring(
        root, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes.split() or None
    )
